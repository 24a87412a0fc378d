// SPDX-License-Identifier: Apache-2.0
import type { Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import { ClientCore } from '../client/client-core.ts';
import type { Accepted, Connect } from '../client/client-core.ts';
import type { ClientSettings } from '../client/client-settings.ts';
import type { Rejection } from '../client/holdings.ts';
import type { Root } from '../messages/root.ts';
import { Invariants } from './invariants.ts';
import type { Model } from './model.ts';
import type { Chance, SimulatedTime } from './simulated-time.ts';

export const CLIENT_SETTINGS: ClientSettings = {
  firstBackoffMs: 10,
  maxBackoffMs: 2000,
  idleMs: 1500,
  sweepMs: 300,
  saveMs: 200,
};

interface ProxyParts {
  readonly name: string;
  readonly roots: readonly Root[];
  readonly time: SimulatedTime;
  readonly chance: Chance;
  readonly model: Model;
  readonly connect: Connect;
  /** Notes what happens, for people. */
  readonly trace: (line: string) => void;
}

/** A proxy that crashes and starts again: an engine that is only a map, a disk that is a moment behind, and a client between them. */
export class SimulatedProxy {
  readonly name: string;
  core: ClientCore;
  private readonly parts: ProxyParts;
  private engine = new Map<ResourceName, Resource>();
  private invariants: Invariants;
  private disk: Accepted | undefined;
  /** Counts processes: what an earlier one had under way comes to nothing. */
  private life = 0;
  private isSaving = false;

  constructor(parts: ProxyParts) {
    this.name = parts.name;
    this.parts = parts;
    this.invariants = new Invariants(parts.model, parts.name);
    this.core = this.boot();
  }

  restart(): void {
    this.core.close();
    this.life++;
    this.engine = new Map();
    this.isSaving = false;
    this.invariants = new Invariants(this.parts.model, this.name);
    this.core = this.boot();
  }

  need(root: Root, done: (kind: string) => void): void {
    this.core.need(root, 2000, ({ kind }) => done(kind));
  }

  /** Throws unless exactly what the roots lead to runs, as the newest configuration says. */
  assertConverged(): void {
    this.invariants.assertConverged(this.engine, this.core.interests.roots);
  }

  private boot(): ClientCore {
    const { life } = this;
    const { name, roots, time, chance, connect, trace } = this.parts;
    const core = new ClientCore({
      proxy: name,
      roots,
      clock: time,
      random: chance,
      settings: CLIENT_SETTINGS,
      connect,
      apply: (transaction, done) => {
        const answer = (): void => {
          if (life === this.life) done(this.run(transaction));
        };
        if (chance.is(0.7)) answer();
        else time.after(chance.between(0, 60), answer);
      },
      onAccepted: () => {
        this.check();
        this.save(life);
      },
      onEnd: ({ reason, detail }) => trace(`${name}: stream ended, ${reason}: ${detail}`),
    });
    core.start(this.disk, () => undefined);
    return core;
  }

  /** As an engine does: all of it or nothing. */
  private run({ version, upserts, removes }: Transaction): readonly Rejection[] {
    const rejections = upserts
      .filter(one => this.invariants.isBad(one))
      .map(({ name }) => ({ resource: name, reason: 'it is bad' }));
    this.parts.trace(`${this.name}: applies ${version}: +${upserts.map(({ name }) => name).join(' ')} -${removes.join(' ')}`);
    if (rejections.length > 0) return rejections;
    for (const name of removes) this.engine.delete(name);
    for (const resource of upserts) this.engine.set(resource.name, resource);
    this.invariants.assertNoMix(this.engine);
    return [];
  }

  private check(): void {
    const present = this.core.interests.roots.filter(root => this.core.interests.outcomeOf(root) === 'present');
    this.invariants.assertComplete(this.engine, present);
  }

  private save(life: number): void {
    if (this.isSaving) return;
    this.isSaving = true;
    this.parts.time.after(this.parts.chance.between(0, 500), () => {
      if (life !== this.life) return;
      this.isSaving = false;
      this.disk = this.core.accepted();
    });
  }
}
