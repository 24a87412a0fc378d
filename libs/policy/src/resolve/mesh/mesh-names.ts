// SPDX-License-Identifier: Apache-2.0
/** A port of a Service of the mesh. */
export interface MeshPlace {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** Names of the listeners of the mesh (MeshPort.listener, InboundService.listener) and of what callers ask for. */
export const meshName = {
  /** `consumer`: namespace whose own routes hold there; undefined = everybody's. */
  caller: (place: MeshPlace, consumer?: string): string =>
    consumer === undefined ? `mesh/${keyOf(place)}` : `mesh/${keyOf(place)}@${consumer}`,
  receiver: (place: MeshPlace): string => `inbound/${keyOf(place)}`,
  server: ({ namespace, service, port }: MeshPlace): string => `${port}.${service}.${namespace}.weir`,
  label: ({ namespace, service, port }: MeshPlace): string => `${namespace}/${service}:${port}`,
};

/** `namespace/service/port`. */
export function keyOf({ namespace, service, port }: MeshPlace): string {
  return `${namespace}/${service}/${port}`;
}

const RECEIVER_LISTENER = /^inbound\/[^/]+\/[^/]+\/\d+$/;

/** Whether a listener is one of the mesh. Those of Gateways have three parts, in whatever namespace they are. */
export function isMeshListener(name: string): boolean {
  return callerListenerFrom(name) !== undefined || RECEIVER_LISTENER.test(name);
}

/** A listener at which callers of the mesh stand. */
export interface CallerListener extends MeshPlace {
  readonly consumer: string | undefined;
}

const CALLER_LISTENER = /^mesh\/([^/]+)\/([^/]+)\/(\d+)(?:@(.+))?$/;

/** Undefined = it is none. */
export function callerListenerFrom(name: string): CallerListener | undefined {
  const [, namespace = '', service = '', port, consumer] = CALLER_LISTENER.exec(name) ?? [];
  return port === undefined ? undefined : { namespace, service, port: Number(port), consumer };
}
