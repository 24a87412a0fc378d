// SPDX-License-Identifier: Apache-2.0

/** A port of a Service that exists. */
export interface BackendTarget {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** What the kind of route makes of a port that does not say what it speaks; undefined = what the port says, else HTTP/1.1. */
  readonly variant: 'http2' | undefined;
}

/** Unique: `namespace/service/port`, with the variant where there is one. */
export function keyOfTarget({ namespace, service, port, variant }: BackendTarget): string {
  const key = `${namespace}/${service}/${port}`;
  return variant === undefined ? key : `${key}/${variant}`;
}
