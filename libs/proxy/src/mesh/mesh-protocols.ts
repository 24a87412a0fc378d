// SPDX-License-Identifier: Apache-2.0

/** What travels inside the mutual TLS of the mesh. */
export type InnerProtocol = 'http1' | 'http2' | 'tcp';

/**
 * Names of the mesh's protocols in the handshake (RFC 7301): a receiver knows by them that a sidecar calls, before it knows who, and
 * what is spoken inside. No application offers them.
 */
const NAMES: Readonly<Record<InnerProtocol, string>> = {
  http1: 'weir/1/http/1.1',
  http2: 'weir/1/h2',
  tcp: 'weir/1/tcp',
};

export const MESH_PROTOCOLS: readonly string[] = Object.values(NAMES);

export function meshProtocolName(protocol: InnerProtocol): string {
  return NAMES[protocol];
}

/** Undefined = it is none of the mesh's. */
export function innerProtocolOf(name: string | false | null): InnerProtocol | undefined {
  switch (name) {
    case NAMES.http1:
      return 'http1';
    case NAMES.http2:
      return 'http2';
    case NAMES.tcp:
      return 'tcp';
    default:
      return undefined;
  }
}
