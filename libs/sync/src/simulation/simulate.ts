// SPDX-License-Identifier: Apache-2.0
import { addressRoot, allRoot, indexRoot, nameRoot } from '../messages/root.ts';
import type { Root } from '../messages/root.ts';
import { countedRevision } from '../messages/revision.ts';
import { SyncCore } from '../server/sync-core.ts';
import { defaultSyncSettings } from '../server/sync-settings.ts';
import { Model } from './model.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import type { Reachable } from './simulated-network.ts';
import { SimulatedProxy } from './simulated-proxy.ts';
import { Chance, SimulatedTime } from './simulated-time.ts';

const FAULTS_MS = 4000;
/** Longer than the longest backoff, stuck stream and deadline together. */
const CALM_MS = 12_000;
const SETTINGS = { ...defaultSyncSettings, ackTimeoutMs: 2500, behindTimeoutMs: 400, maxAgeMs: 4000 };

const DEMANDED: readonly Root[] = [
  ...['cart', 'pay', 'stock', 'user'].map(service => nameRoot(`mesh/${service}`)),
  addressRoot('10.0.0.1'),
  nameRoot('policy/nobody'),
];

/** A replica of the control plane, and how far it has read. */
interface Replica extends Reachable {
  position: number;
}

/** What was seen in one run. */
export interface SimulationReport {
  readonly revisions: number;
  readonly needs: Readonly<Record<string, number>>;
}

/**
 * One run: configurations change, replicas learn it at different times, everything fails now and then, and then it is quiet. The same
 * `seed` is the same run. Throws when an invariant does not hold.
 */
export function simulate(seed: number, trace: (line: string) => void = () => undefined): SimulationReport {
  return new Simulation(seed, trace).run();
}

class Simulation {
  private readonly time = new SimulatedTime();
  private readonly chance: Chance;
  private readonly model: Model;
  private readonly network: SimulatedNetwork;
  private readonly replicas: readonly Replica[];
  private readonly proxies: readonly SimulatedProxy[];
  private readonly needs: Record<string, number> = {};
  private readonly trace: (line: string) => void;

  constructor(seed: number, trace: (line: string) => void) {
    this.chance = new Chance(seed);
    this.trace = line => trace(`${this.time.nowMs().toFixed(1)} ${line}`);
    this.model = new Model(this.chance, seed % 2 === 0 ? 0 : 0.15);
    this.network = new SimulatedNetwork(this.time, this.chance);
    this.replicas = ['red', 'blue'].map(name => ({ name, core: undefined, position: 0 }));
    for (const replica of this.replicas) this.boot(replica);
    this.proxies = [
      this.createProxy('sidecar-1', [indexRoot('meshService'), nameRoot('workload/cart/10.0.0.1')]),
      this.createProxy('sidecar-2', [indexRoot('meshService'), nameRoot('workload/pay/10.0.0.2')]),
      this.createProxy('gateway', [allRoot('meshService')]),
    ];
  }

  run(): SimulationReport {
    while (this.time.nowMs() < FAULTS_MS) {
      this.time.advance(this.time.nowMs() + this.chance.between(0, 60));
      this.happen();
    }
    this.calm();
    const untilMs = this.time.nowMs() + CALM_MS;
    while (this.time.nowMs() < untilMs) this.time.advance(this.time.nowMs() + 500);
    for (const proxy of this.proxies) proxy.assertConverged();
    return { revisions: this.model.head, needs: this.needs };
  }

  private createProxy(name: string, roots: readonly Root[]): SimulatedProxy {
    const { time, chance, model, trace } = this;
    return new SimulatedProxy({
      name,
      roots,
      time,
      chance,
      model,
      trace,
      connect: handler => this.network.connect(name, this.chance.pick(this.replicas), handler),
    });
  }

  private happen(): void {
    const dice = this.chance.next();
    if (dice < 0.2) this.model.change();
    else if (dice < 0.35) this.model.moveEndpoints();
    else if (dice < 0.65) this.advance(this.chance.pick(this.replicas));
    else if (dice < 0.9) this.need();
    else this.fail(this.chance.pick(this.proxies));
  }

  private fail(proxy: SimulatedProxy): void {
    const replica = this.chance.pick(this.replicas);
    const dice = this.chance.below(5);
    if (dice === 0) {
      this.trace(`${proxy.name} restarts`);
      this.network.cut(link => link.proxy === proxy.name);
      proxy.restart();
    } else if (dice === 1) this.crash(replica);
    else if (dice < 4) this.network.partition(proxy.name, replica, this.chance.between(0, 3000));
    else this.network.cut(link => link.proxy === proxy.name);
  }

  private need(): void {
    const root = this.chance.pick(DEMANDED);
    this.chance.pick(this.proxies.slice(0, 2)).need(root, kind => {
      this.needs[kind] = (this.needs[kind] ?? 0) + 1;
    });
  }

  /** Reads on, a little or all there is. */
  private advance(replica: Replica): void {
    if (replica.core === undefined) return;
    this.read(replica, replica.position + this.chance.below(this.model.head - replica.position + 1));
  }

  private read(replica: Replica, to: number): void {
    this.trace(`${replica.name} reads up to ${to}`);
    replica.core?.update(this.model.transaction(replica.position, to), countedRevision(1, to));
    replica.position = to;
  }

  private boot(replica: Replica): void {
    replica.position = 0;
    replica.core = new SyncCore({ clock: this.time, random: this.chance, authorize: () => true, settings: SETTINGS });
    // What it reads first may be older than what others have.
    this.time.after(this.chance.between(0, 300), () => {
      if (replica.position === 0) this.read(replica, this.chance.below(this.model.head + 1));
    });
  }

  private crash(replica: Replica): void {
    this.trace(`${replica.name} crashes`);
    this.network.cut(link => link.replica === replica);
    replica.core?.abandon();
    replica.core = undefined;
    this.time.after(this.chance.between(0, 1500), () => {
      if (replica.core === undefined) this.boot(replica);
    });
  }

  private calm(): void {
    this.trace('all is calm');
    this.model.mend();
    this.network.heal();
    for (const delayMs of [1600, 2500]) {
      this.time.after(delayMs, () => {
        for (const replica of this.replicas) this.read(replica, this.model.head);
      });
    }
  }
}
