// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { AcksElsewhere, HeardAcks } from '../objects/acks-elsewhere.ts';
import { OtherReplica } from './other-replica.ts';
import type { ObjectEdition, ReplicaLink } from './replica-link.ts';
import type { ReplicaPlace } from './replica-place.ts';

export interface ReplicaCircleParts {
  readonly clock: Clock;
  /** The others that there are now. */
  readonly find: () => readonly ReplicaPlace[];
  readonly connect: (place: ReplicaPlace) => ReplicaLink;
  /** Told what people should know; must not throw. */
  readonly onNote: (text: string) => void;
}

/** Proxies notice within 15 s that their replica is gone, and are elsewhere soon after: until then nobody knows what they have. */
const LOST_MS = 20_000;
/** Asked in one call. */
export const MAX_OBJECTS = 500;

/** The other replicas of this control plane. One counts from when its Pod runs until the Pod is gone, whether it answers or not. */
export class ReplicaCircle implements AcksElsewhere {
  private readonly parts: ReplicaCircleParts;
  private readonly present = new Map<string, OtherReplica>();
  /** Those whose proxies may be on their way: what became of them, and the monotonic time at which that was seen. */
  private readonly lost = new Map<string, { readonly how: string; readonly atMs: number }>();

  constructor(parts: ReplicaCircleParts) {
    this.parts = parts;
  }

  get others(): readonly OtherReplica[] {
    return [...this.present.values()];
  }

  /** Those whose proxies may be on their way, and why, in words. */
  get lostReplicas(): readonly string[] {
    return this.lost
      .entries()
      .map(([name, { how }]) => `replica ${name} ${how}`)
      .toArray();
  }

  /** Takes note of who there is. */
  look(): void {
    const { clock, connect, find, onNote } = this.parts;
    const found = new Map(find().map(place => [place.name, place]));
    for (const [name, replica] of this.present) {
      if (found.get(name)?.address === replica.place.address) continue;
      this.drop(name, replica);
    }
    for (const place of found.values()) {
      if (this.present.has(place.name)) continue;
      const onRestart = (): void => this.noteLost(place.name, 'has begun anew');
      this.present.set(place.name, new OtherReplica({ place, link: connect(place), clock, onRestart, onNote }));
    }
    for (const [name, { atMs }] of this.lost) if (clock.nowMs() - atMs >= LOST_MS) this.lost.delete(name);
  }

  /** Asks all others about at most MAX_OBJECTS objects, or only whether they are the same as before. Never rejects. */
  async ask(objects: readonly ObjectEdition[]): Promise<void> {
    await Promise.all(this.others.map(replica => replica.ask(objects)));
  }

  heardOf(object: ObjectEdition): HeardAcks {
    const said = this.others.map(replica => [replica.place.name, replica.answerTo(object)] as const);
    return {
      isComplete: said.every(([, answer]) => answer !== undefined),
      digests: said.flatMap(([, answer]) => (answer !== undefined && 'digest' in answer ? answer.digest : [])),
      unheard: [
        ...said.flatMap(([name, answer]) => silenceOf(name, answer)),
        ...this.lostReplicas.map(words => `${words}, and its proxies may be on their way`),
      ],
    };
  }

  forget(key: string): void {
    for (const replica of this.present.values()) replica.forget(key);
  }

  close(): void {
    for (const { link } of this.present.values()) link.close();
    this.present.clear();
  }

  private drop(name: string, replica: OtherReplica): void {
    replica.link.close();
    this.present.delete(name);
    this.noteLost(name, 'is gone');
  }

  private noteLost(name: string, how: string): void {
    this.lost.set(name, { how, atMs: this.parts.clock.nowMs() });
  }
}

function silenceOf(name: string, answer: ReturnType<OtherReplica['answerTo']>): readonly string[] {
  if (answer === undefined) return [`replica ${name} was not asked yet`];
  return 'silence' in answer ? [`replica ${name} ${answer.silence}`] : [];
}
