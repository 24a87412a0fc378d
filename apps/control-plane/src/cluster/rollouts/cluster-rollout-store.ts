// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { ApiError, placeFromKey } from '@weir/kubernetes';
import type { ClusterObject, ClusterReader, ObjectPlace, ObjectWriter, WrittenObject } from '@weir/kubernetes';
import { stateFrom, statusOf } from '@weir/rollouts';
import type { RolloutState, RolloutStatus } from '@weir/rollouts';
import type { RolloutStore } from '@weir/rollouts/drive';

export interface ClusterRolloutStoreOptions {
  readonly reader: Pick<ClusterReader, 'list'>;
  /** As a manager of its own: what others say in the same statuses stays. */
  readonly writer: Pick<ObjectWriter, 'applyStatus' | 'get'>;
}

/** While one replica leads, and may write. */
export interface StoreTerm {
  readonly signal: AbortSignal;
  /** By the clock: after a standstill of the process its timers, and with them the signal, may be late. */
  readonly isLeading: () => boolean;
  /** Of a Rollout, `namespace/name`, that can be read; undefined = there is none that can. */
  readonly documentOf: (key: string) => { readonly generation: number } | undefined;
  /** A Rollout has another state than was written, or none: what is stored next is written over this one. Must not throw. */
  readonly onBeaten: (key: string, state: RolloutState | undefined) => void;
}

/** What is known of the state of one object. */
interface Known {
  /** It is written over this and nothing else; undefined = it has to be looked at. */
  readonly resourceVersion: string | undefined;
  /** Undefined = it has none. */
  readonly state: RolloutState | undefined;
  /** States of which nobody knows whether they were written, the newest last. */
  readonly attempts: readonly (RolloutState | undefined)[];
}

const PAGE_SIZE = 500;
/** Others write what they have to say of the same object, each now and then. */
const TRIES = 5;
const MAX_ATTEMPTS = 8;
const UNKNOWN: Known = { resourceVersion: undefined, state: undefined, attempts: [] };

/**
 * States of Rollouts in the statuses of their objects. A state is written over the one that this process has read or written last, and over
 * no other, so that of two who take themselves for the leader one is told.
 */
export class ClusterRolloutStore implements RolloutStore {
  private readonly options: ClusterRolloutStoreOptions;
  /** Another one with each reading: what is being written from before knows nothing of that. */
  private known = new Map<string, Known>();
  private readonly saving = new Set<string>();
  private term: StoreTerm = {
    ...{ signal: AbortSignal.abort(), isLeading: () => false, documentOf: () => undefined, onBeaten: () => undefined },
  };

  constructor(options: ClusterRolloutStoreOptions) {
    this.options = options;
  }

  /** This replica leads from now on. What goes on when the term ends, rejects. */
  lead(term: StoreTerm): void {
    this.term = term;
  }

  async load(): Promise<ReadonlyMap<string, RolloutState>> {
    const { signal } = this.term;
    signal.throwIfAborted();
    const objects = await this.objects(signal);
    signal.throwIfAborted();
    const known = new Map(objects.map(object => [keyOf(object), knownOf(object)]));
    this.known = known;
    return new Map([...known].flatMap(([key, { state }]) => (state === undefined ? [] : [[key, state] as const])));
  }

  async save(key: string, state: RolloutState | undefined): Promise<void> {
    const { term, known } = this;
    term.signal.throwIfAborted();
    if (!term.isLeading()) throw new Error('this replica does not lead any more');
    const place = placeFromKey(`Rollout/${key}`);
    if (place === undefined) return;
    const document = term.documentOf(key);
    const status = state && statusOf(state, document?.generation ?? 0);
    // One that cannot be read keeps what it has: once it can be, it goes on from there.
    if (state !== undefined || document !== undefined) await this.write(key, { place, term, known, state, status });
    if (state === undefined) known.delete(key);
  }

  /** Finds what others have written, or taken out, since it was stored: objects that were made anew, and edits by hand. */
  async audit(): Promise<void> {
    const { term, known } = this;
    const before = new Map(known);
    const objects = await this.objects(term.signal);
    if (term.signal.aborted || known !== this.known) return;
    for (const object of objects) {
      const key = keyOf(object);
      const was = before.get(key);
      const isBeingWritten = this.saving.has(key) || known.get(key) !== was;
      if (was?.resourceVersion === undefined || isBeingWritten) continue;
      const found = knownOf(object);
      if (isOneOf(found.state, was)) continue;
      known.set(key, found);
      term.onBeaten(key, found.state);
    }
  }

  private async write(key: string, save: Save): Promise<void> {
    this.saving.add(key);
    try {
      await this.writeAgain(key, save);
    } finally {
      this.saving.delete(key);
    }
  }

  private async writeAgain(key: string, save: Save): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const known = await this.current(key, save);
      if (known === undefined) return;
      if (await this.apply(key, known, save)) return;
    }
    throw new Error('the object is written by others again and again');
  }

  /** What it is to be written over; undefined = the object is gone. Rejects where that is not what this process knows. */
  private async current(key: string, { place, term, known: all }: Save): Promise<Known | undefined> {
    const known = all.get(key) ?? UNKNOWN;
    if (known.resourceVersion !== undefined) return known;
    const object = await this.options.writer.get(place, term.signal);
    if (object === undefined) return undefined;
    const found = knownOf(object);
    if (!isOneOf(found.state, known)) {
      all.set(key, found);
      term.onBeaten(key, found.state);
      throw new Error('somebody else has written another state: the rollout goes on from that');
    }
    return found;
  }

  /** False where somebody has written the object in between. */
  private async apply(key: string, known: Known, { place, term, known: all, state, status }: Save): Promise<boolean> {
    try {
      const written = await this.options.writer.applyStatus(place, objectWith(place, known, status), term.signal);
      all.set(key, knownOf(written));
      return true;
    } catch (reason) {
      const refusal = reason instanceof ApiError ? reason : undefined;
      if (refusal?.isNotFound === true) return true;
      // Whether an API server has done what it has not answered, is looked at before anything else is written.
      all.set(key, { ...known, resourceVersion: undefined, attempts: attemptsOf(known, state, refusal) });
      if (refusal?.isConflict === true) return false;
      throw reason;
    }
  }

  private async objects(signal: AbortSignal): Promise<readonly ClusterObject[]> {
    const { resource } = placeFromKey('Rollout//')!;
    const objects: ClusterObject[] = [];
    let next: string | undefined;
    try {
      do {
        const page = await this.options.reader.list(resource, { limit: PAGE_SIZE, next, signal });
        objects.push(...page.items);
        ({ next } = page);
      } while (next !== undefined);
    } catch (reason) {
      // A cluster that has not got the definition yet has none of the kind.
      if (reason instanceof ApiError && reason.isNotFound) return [];
      throw reason;
    }
    return objects;
  }
}

/** What is being written. */
interface Save {
  readonly place: ObjectPlace;
  readonly term: StoreTerm;
  readonly known: Map<string, Known>;
  readonly state: RolloutState | undefined;
  readonly status: RolloutStatus | undefined;
}

/** An API server has checked it against the definition of the kind. */
function knownOf({ metadata, status }: ClusterObject): Known {
  const state = stateFrom(status as Partial<RolloutStatus> | undefined);
  return { resourceVersion: metadata.resourceVersion, state: state && plain(state), attempts: [] };
}

function isOneOf(state: RolloutState | undefined, known: Known): boolean {
  return [known.state, ...known.attempts].some(one => isDeepStrictEqual(one, state));
}

/** What was refused was not written. */
function attemptsOf({ attempts }: Known, state: RolloutState | undefined, refusal: ApiError | undefined): Known['attempts'] {
  if (refusal !== undefined && refusal.status < 500) return attempts;
  // As it is read again.
  const read = state && stateFrom(statusOf(state, 0));
  return [...attempts, read && plain(read)].slice(-MAX_ATTEMPTS);
}

/** Without members that are undefined. */
function plain(state: RolloutState): RolloutState {
  return JSON.parse(JSON.stringify(state)) as RolloutState;
}

function objectWith({ resource, namespace, name }: ObjectPlace, { resourceVersion }: Known, status: unknown): WrittenObject {
  const { group, version, kind } = resource;
  const metadata = { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { apiVersion: `${group}/${version}`, kind, metadata, status: status ?? {} };
}

function keyOf({ metadata: { namespace = '', name } }: ClusterObject): string {
  return `${namespace}/${name}`;
}
