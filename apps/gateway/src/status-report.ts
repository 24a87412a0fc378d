// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Condition, GatewayStatus, ListenerSetStatus, Status } from '@weir/policy/compile';
import { hostPort } from '@weir/proxy';
import type { Rejection } from '@weir/proxy';
import type { PortState } from './port-set.ts';

/** Statuses with what only the running process knows: a Gateway whose port cannot be listened on is not programmed. */
export function statusesWithPorts(
  statuses: ReadonlyMap<string, Status>,
  ports: readonly PortState[],
): Readonly<Record<string, Status>> {
  const failures = failuresByListener(ports);
  const entries = [...statuses].map(([key, status]): [string, Status] => [
    key,
    'listeners' in status ? withFailures(status, key, failures) : status,
  ]);
  return Object.fromEntries(entries);
}

/** Ports that cannot be listened on, as problems. */
export function portProblems(ports: readonly PortState[]): readonly Problem[] {
  return ports.flatMap(({ port, failure }) => {
    if (failure === undefined) return [];
    const { hint, message } = failure;
    const owners = new Set(port.listeners.map(({ name }) => name.split('/').slice(0, 2).join('/')));
    return [...owners].map((owner): Problem => ({
      severity: 'error',
      code: `port-${failure.code}`,
      object: `Gateway ${owner}`,
      message,
      hint,
    }));
  });
}

/** A resource that workers could not take, as a problem. */
export function problemFromRejection({ resource, reason }: Rejection): Problem {
  return { severity: 'error', code: 'not-taken', message: `${resource} stays at its previous version: ${reason}` };
}

/** What listens where. */
export function describeListeners(ports: readonly PortState[]): unknown {
  return ports.map(({ port, failure }) => ({
    at: hostPort(port.address, port.port),
    protocol: port.protocol,
    isOpen: failure === undefined,
    ...(failure === undefined ? {} : { failure: failure.message, hint: failure.hint }),
    listeners: port.listeners.map(({ name, hostname, protocol, tls }) => ({
      name,
      hostname,
      protocol,
      ...(tls === undefined ? {} : { tls: tls.mode }),
    })),
  }));
}

/** Segments of a listener's name that begin with the namespace of a ListenerSet's Gateway, and its name. */
const GATEWAY_SEGMENTS = 2;
/** Segments of a listener of the Gateway itself. */
const OWN_SEGMENTS = 3;

/** `KIND/namespace/name/listener`: the status that tells of a listener, and its name there. */
function placeInStatus(name: string): string {
  const segments = name.split('/');
  if (segments.length === OWN_SEGMENTS) return `Gateway/${name}`;
  return `ListenerSet/${segments.slice(GATEWAY_SEGMENTS).join('/')}`;
}

/** Messages by the listener's place in a status. */
function failuresByListener(ports: readonly PortState[]): ReadonlyMap<string, string> {
  const failures = new Map<string, string>();
  for (const { port, failure } of ports) {
    if (failure === undefined) continue;
    for (const { name } of port.listeners) failures.set(placeInStatus(name), failure.message);
  }
  return failures;
}

function withFailures<Listening extends GatewayStatus | ListenerSetStatus>(
  status: Listening,
  key: string,
  failures: ReadonlyMap<string, string>,
): Listening {
  const messages = new Set<string>();
  const listeners = status.listeners.map(listener => {
    const message = failures.get(`${key}/${listener.name}`);
    if (message === undefined) return listener;
    messages.add(message);
    return { ...listener, conditions: notProgrammed(listener.conditions, message) };
  });
  if (messages.size === 0) return status;
  return { ...status, listeners, conditions: notProgrammed(status.conditions, [...messages].join('; ')) };
}

/** Pending: it is tried again (Gateway API, GatewayReasonPending and ListenerReasonPending). */
function notProgrammed(conditions: readonly Condition[], message: string): readonly Condition[] {
  return conditions.map(condition =>
    condition.type === 'Programmed' ? { ...condition, status: 'False', reason: 'Pending', message } : condition,
  );
}
