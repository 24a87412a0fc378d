// SPDX-License-Identifier: Apache-2.0

/** A port of a Service that exists. */
export interface BackendTarget {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** Unique: `namespace/service/port`. */
export function keyOfTarget({ namespace, service, port }: BackendTarget): string {
  return `${namespace}/${service}/${port}`;
}
