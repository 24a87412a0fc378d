// SPDX-License-Identifier: Apache-2.0

/** A port of a Service that exists, and how it is used. */
export interface BackendTarget {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /**
   * `udp`: its UDP port of that number, which may lead elsewhere than the TCP one; `http2`: the port does not say what it
   * speaks, and the route that uses it needs HTTP/2.
   */
  readonly variant: 'http2' | 'udp' | undefined;
}

/** Unique: `namespace/service/port`, and the variant where there is one. */
export function keyOfTarget({ namespace, service, port, variant }: BackendTarget): string {
  const key = `${namespace}/${service}/${port}`;
  return variant === undefined ? key : `${key}/${variant}`;
}
