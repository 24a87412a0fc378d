// SPDX-License-Identifier: Apache-2.0
import { referencesOf } from '@weir/policy/snapshot';
import type { Resource, ResourceName } from '@weir/policy/snapshot';
import type { Root } from '../messages/root.ts';
import type { Made, Model } from './model.ts';

type Running = ReadonlyMap<ResourceName, Resource>;

/** Revisions in which something held. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** What must hold of one proxy process at every moment; docs/distribution.md says it in words. Each assertion throws with what was found. */
export class Invariants {
  private readonly model: Model;
  private readonly proxy: string;
  /** The least revision that can be what ran last. */
  private reached = 0;
  private readonly newest = new Map<ResourceName, Stamps>();

  constructor(model: Model, proxy: string) {
    this.model = model;
    this.proxy = proxy;
  }

  isBad(resource: Resource): boolean {
    return this.made(resource)?.isBad === true;
  }

  /** No two resources that have to do with each other are of configurations that were never one; and nothing becomes older. */
  assertNoMix(running: Running): void {
    for (const resource of running.values()) this.assertNotOlder(resource);
    for (const resource of running.values()) this.assertUnit(resource, running);
    if (this.model.hasBad) return;
    const whole = spanOf([...running.values()].map(resource => this.spanOfOne(resource)));
    if (whole.from > whole.to || whole.to < this.reached) {
      this.fail(`runs a mix: revisions ${whole.from} to ${whole.to}, after ${this.reached}`, running);
    }
    this.reached = Math.max(this.reached, whole.from);
  }

  /** Whatever the roots lead to runs. */
  assertComplete(running: Running, roots: readonly Root[]): void {
    if (this.model.hasBad) return;
    const { from, to } = spanOf([...running.values()].map(resource => this.spanOfOne(resource)));
    const lacking: string[] = [];
    for (let revision = Math.max(from, this.reached); revision <= to; revision++) {
      const needed = roots.flatMap(root => [...this.model.closure(root, revision)]);
      const missing = needed.filter(name => !running.has(name));
      if (missing.length === 0) return;
      lacking.push(`at ${revision}: ${missing.join(' ')}`);
    }
    this.fail(`lacks what ${roots.join(' ')} lead to; ${lacking.join('; ')}`, running);
  }

  assertConverged(running: Running, roots: readonly Root[]): void {
    const { head } = this.model;
    const expected = new Set(roots.flatMap(root => [...this.model.closure(root, head)]));
    const missing = [...expected].filter(name => !running.has(name));
    const surplus = [...running.keys()].filter(name => !expected.has(name));
    const old = [...running.values()].filter(
      one => expected.has(one.name) && !isEqual(this.made(one), this.model.at(head).get(one.name)),
    );
    if (missing.length + surplus.length + old.length === 0) return;
    const olds = old.map(({ name }) => name).join(' ');
    this.fail(`has not converged: missing ${missing.join(' ')}; surplus ${surplus.join(' ')}; old ${olds}`, running);
  }

  private assertNotOlder(resource: Resource): void {
    const stamps = stampsOf(resource);
    const known = this.newest.get(resource.name);
    if (known !== undefined && (stamps.madeAt < known.madeAt || stamps.endpointsAt < known.endpointsAt)) {
      this.fail(`goes back in time with ${resource.name}, from ${known.madeAt} to ${stamps.madeAt}`, new Map());
    }
    this.newest.set(resource.name, stamps);
  }

  /** A resource and all that it refers to were once valid together; only what is bad may be left out. */
  private assertUnit(resource: Resource, running: Running): void {
    const names = new Set([resource.name]);
    for (const name of names) for (const next of referencesOf(running.get(name) ?? resource)) names.add(next);
    const there = [...names].flatMap(name => running.get(name) ?? []);
    const absent = [...names].filter(name => !running.has(name));
    const { from, to } = spanOf(there.map(one => this.spanOfOne(one)));
    for (let revision = from; revision <= to; revision++) {
      if (absent.every(name => this.model.at(revision).get(name)?.isBad !== false)) return;
    }
    this.fail(`runs ${resource.name} with what never belonged to it (${from} to ${to}), without ${absent.join(' ')}`, running);
  }

  private spanOfOne(resource: Resource): Span {
    const { madeAt } = stampsOf(resource);
    let to = madeAt;
    while (to < this.model.head && this.model.at(to + 1).get(resource.name)?.madeAt === madeAt) to++;
    return { from: madeAt, to };
  }

  private made(resource: Resource): Made | undefined {
    const { madeAt, endpointsAt } = stampsOf(resource);
    const made = this.model.at(Math.max(madeAt, endpointsAt)).get(resource.name);
    return made?.madeAt === madeAt && made.endpointsAt === endpointsAt ? made : undefined;
  }

  private fail(what: string, running: Running): never {
    const state = [...running.values()].map(resource => `${resource.name}@${stampsOf(resource).madeAt}`).join(' ');
    throw new Error(`${this.proxy} ${what}; it runs ${state}`);
  }
}

/** Revisions in which all of them held. */
function spanOf(spans: readonly Span[]): Span {
  return { from: Math.max(0, ...spans.map(({ from }) => from)), to: Math.min(Infinity, ...spans.map(({ to }) => to)) };
}

type Stamps = Pick<Made, 'endpointsAt' | 'madeAt'>;

const stamped = new WeakMap<Resource, Stamps>();

/** The model writes into each resource when it was made. */
function stampsOf(resource: Resource): Stamps {
  const known = stamped.get(resource) ?? readStamps(resource);
  stamped.set(resource, known);
  return known;
}

function readStamps(resource: Resource): Stamps {
  const madeAt = Number(/made at (\d+)/.exec(JSON.stringify(resource))?.[1]);
  return { madeAt, endpointsAt: resource.kind === 'backend' ? (resource.endpoints[0]?.port ?? madeAt) : madeAt };
}

function isEqual(one: Made | undefined, other: Made | undefined): boolean {
  return one !== undefined && one.madeAt === other?.madeAt && one.endpointsAt === other.endpointsAt;
}
