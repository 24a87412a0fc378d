// SPDX-License-Identifier: Apache-2.0

/**
 * ALPN name of connections on which a proxy lets the control plane ask its admin side. The proxy dials and says who it is in one line;
 * from then on the control plane is the client of one exchange of HTTP/1.1, and the proxy its server.
 */
export const RELAY_PROTOCOL = 'weir-relay/1';

/** A proxy is named by where it listens: some hundred addresses. */
export const MAX_PREFACE_BYTES = 16_384;

/** What a proxy says first. `proxy`: as in its Hello. */
export interface RelayPreface {
  readonly proxy: string;
}

/** A JSON object and a line feed; members that a control plane does not know mean nothing to it. */
export function formatRelayPreface({ proxy }: RelayPreface): string {
  return `${JSON.stringify({ proxy })}\n`;
}

/** Undefined where the line is none. */
export function parseRelayPreface(line: string): RelayPreface | undefined {
  try {
    const found: unknown = JSON.parse(line);
    const proxy: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'proxy') : undefined;
    return typeof proxy === 'string' ? { proxy } : undefined;
  } catch {
    return undefined;
  }
}
