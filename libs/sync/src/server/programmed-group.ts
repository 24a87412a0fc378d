// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import type { Refusal } from './proxy-session.ts';

/** An object that people wrote, and the resources that it became. */
export interface ProgrammedObject {
  /** Such as `HTTPRoute/shop/storefront`. */
  readonly key: string;
  readonly generation: number;
  readonly names: readonly ResourceName[];
}

export interface RefusingProxy {
  readonly proxy: string;
  readonly resource: ResourceName;
  readonly reason: string;
  /** By the wall clock. */
  readonly sinceMs: number;
}

/** What the condition `weir.dev/Programmed` of an object says. */
export interface Programmed {
  /** `noSubscribers`: no proxy that is connected needs it. */
  readonly status: 'false' | 'noSubscribers' | 'true';
  /** Proxies that were connected and subscribed when the generation came, without those that are gone for good. */
  readonly of: number;
  readonly acked: number;
  readonly waiting: readonly string[];
  readonly refusing: readonly RefusingProxy[];
  /** Proxies that went without having it, and did not come back. */
  readonly gone: readonly string[];
  /** Other replicas that do not say what their proxies have, in words; none where there are no others. */
  readonly unheard: readonly string[];
}

/** One generation of an object on its way to the proxies that needed it when it came. */
export class ProgrammedGroup {
  /** Proxies that have neither it nor gone for good. */
  readonly waiting: Set<string>;
  /** Update of this server at which its resources came. */
  readonly sequence: number;
  private readonly object: ProgrammedObject;
  private readonly memberCount: number;
  private readonly refusing = new Map<string, RefusingProxy>();
  private readonly gone = new Set<string>();

  constructor(object: ProgrammedObject, members: readonly string[], sequence: number) {
    this.object = object;
    this.waiting = new Set(members);
    this.memberCount = this.waiting.size;
    this.sequence = sequence;
  }

  get hasMembers(): boolean {
    return this.memberCount > 0;
  }

  isFor({ key, generation }: ProgrammedObject): boolean {
    return this.object.key === key && this.object.generation === generation;
  }

  /** A proxy has answered everything up to this object; it still waits where it refuses a part. */
  noteAnswer(proxy: string, refusals: ReadonlyMap<ResourceName, Refusal>): void {
    const refusing = refusalOf(proxy, this.object.names, refusals);
    if (refusing === undefined) {
      this.waiting.delete(proxy);
      this.refusing.delete(proxy);
    } else this.refusing.set(proxy, refusing);
  }

  noteGone(proxy: string): void {
    this.waiting.delete(proxy);
    this.refusing.delete(proxy);
    this.gone.add(proxy);
  }

  state(): Programmed {
    const of = this.memberCount - this.gone.size;
    return {
      status: programmedStatus(this.memberCount, this.waiting.size),
      of,
      acked: of - this.waiting.size,
      waiting: [...this.waiting].filter(proxy => !this.refusing.has(proxy)),
      refusing: [...this.refusing.values()],
      gone: [...this.gone],
      unheard: [],
    };
  }
}

/** Which of the names a proxy refuses, if any. */
export function refusalOf(
  proxy: string,
  names: readonly ResourceName[],
  refusals: ReadonlyMap<ResourceName, Refusal>,
): RefusingProxy | undefined {
  const resource = names.find(name => refusals.has(name));
  const refusal = resource === undefined ? undefined : refusals.get(resource);
  if (resource === undefined || refusal === undefined) return undefined;
  return { proxy, resource, reason: refusal.reason, sinceMs: refusal.sinceMs };
}

/** Of all that were asked, `waiting` have not got it. */
export function programmedStatus(members: number, waiting: number): Programmed['status'] {
  if (members === 0) return 'noSubscribers';
  return waiting === 0 ? 'true' : 'false';
}
