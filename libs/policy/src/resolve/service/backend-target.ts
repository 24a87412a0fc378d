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
  /**
   * `namespace/name` of the TrafficPolicies of the calling Gateway that say something of backends, sorted: Gateways of which the same
   * hold call in the same way. Absent for most, and where no Gateway of a route calls: mirrors, and services that policies ask.
   */
  readonly callers?: readonly string[];
}

/** Unique: `namespace/service/port`, the variant where there is one, and behind `@` the policies of who calls. */
export function keyOfTarget({ namespace, service, port, variant, callers }: BackendTarget): string {
  const base = `${namespace}/${service}/${port}`;
  const key = variant === undefined ? base : `${base}/${variant}`;
  return callers === undefined ? key : `${key}@${callers.join(',')}`;
}
