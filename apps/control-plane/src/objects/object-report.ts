// SPDX-License-Identifier: Apache-2.0
import type { Status } from '@weir/policy/compile';
import type { Document } from '@weir/policy/documents';
import type { Programmed, RefusingProxy, ResourceStatus } from '@weir/sync/server';

/** Where an object is in force, as people ask it. Times are RFC 3339. */
export interface ObjectReport {
  /** `Kind/namespace/name`. */
  readonly key: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `FILE:LINE` of what is in force. */
  readonly source: string;
  /** What it became; 0 = it has no effect of its own. */
  readonly resourceCount: number;
  /** When the newest of these came to be as they are; undefined where there are none. */
  readonly since: string | undefined;
  /** Proxies that are connected and need it, as they are now. */
  readonly proxies: {
    readonly needing: number;
    readonly having: number;
    /** Have not answered yet. */
    readonly waiting: readonly string[];
    readonly refusing: readonly Refusing[];
  };
  /** Whether every proxy that needed it when it came has it; undefined for kinds that have no such condition. */
  readonly programmed: Omit<Programmed, 'refusing'> | undefined;
  readonly status: Status | undefined;
  /** Why it cannot be read: what is in force stands in for it, and refuses. */
  readonly unread: string | undefined;
}

export interface Refusing {
  readonly proxy: string;
  readonly resource: string;
  readonly reason: string;
  readonly since: string;
}

export interface ObjectFacts {
  readonly document: Document;
  readonly resources: readonly { readonly name: string; readonly status: ResourceStatus }[];
  readonly programmed: Programmed | undefined;
  readonly status: Status | undefined;
}

export function objectReport({ document, resources, programmed, status }: ObjectFacts): ObjectReport {
  const { kind, namespace, name, source } = document;
  const changedMs = Math.max(0, ...resources.map(resource => resource.status.changedMs));
  return {
    key: `${kind}/${namespace}/${name}`,
    ...{ kind, namespace, name },
    source: source.label,
    resourceCount: resources.length,
    since: changedMs === 0 ? undefined : isoOf(changedMs),
    proxies: proxiesOf(resources.map(resource => resource.status)),
    programmed: programmed && withoutRefusing(programmed),
    status,
    unread: document.unread,
  };
}

/** A proxy has an object when it has all that this became. */
function proxiesOf(statuses: readonly ResourceStatus[]): ObjectReport['proxies'] {
  const refusing = new Map<string, RefusingProxy>();
  for (const status of statuses) for (const one of status.refusing) refusing.set(one.proxy, one);
  const waiting = new Set(statuses.flatMap(({ pending }) => pending).filter(proxy => !refusing.has(proxy)));
  const needing = new Set([...refusing.keys(), ...waiting, ...statuses.flatMap(({ acked }) => acked)]);
  return {
    needing: needing.size,
    having: needing.size - waiting.size - refusing.size,
    waiting: [...waiting],
    refusing: [...refusing.values()].map(({ proxy, resource, reason, sinceMs }) => ({
      ...{ proxy, resource, reason },
      since: isoOf(sinceMs),
    })),
  };
}

function withoutRefusing({ refusing: _refusing, ...rest }: Programmed): Omit<Programmed, 'refusing'> {
  return rest;
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
