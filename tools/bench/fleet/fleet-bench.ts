// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { readCpuUs, readRssBytes } from '../measure/process-tree.ts';
import type { Child } from '../processes/child.ts';
import { type ControlPlanePlaces, placeControlPlane, startControlPlane, waitForControlPlane } from './start-control-plane.ts';
import { endpointsMarker, policyMarker, writeEndpoints, writeFleetDocuments, writePolicy } from './fleet-documents.ts';
import { Fleet } from './fleet.ts';
import { monotonicMs } from './fleet-messages.ts';
import { SERVICES, SHARED_SERVICES } from './fleet-plan.ts';
import type { ServiceIndex } from './fleet-plan.ts';
import { joinFleet } from './join-fleet.ts';

/** What something took of the processors; 1 = one core, all the time. */
export interface Cost {
  readonly tookMs: number;
  readonly controlPlaneCores: number;
  /** All simulated proxies together, which share one core. */
  readonly proxyCores: number;
}

export interface BenchSetup {
  readonly directory: string;
  readonly proxyCount: number;
  readonly say: (text: string) => void;
}

/** Of the steady changes, one in so many is of a service that every proxy uses. */
const SHARED_EVERY = 10;
/** Prime to the number of services, so that each has its turn. */
const STRIDE = 37;

/** A control plane as production has it, and simulated proxies that are connected to it. */
export class FleetBench implements AsyncDisposable {
  private readonly places: ControlPlanePlaces;
  private readonly fleet: Fleet;
  private child: Child;
  private edit = 0;

  private constructor(places: ControlPlanePlaces, child: Child, fleet: Fleet) {
    this.places = places;
    this.child = child;
    this.fleet = fleet;
  }

  /** Writes the documents, starts, certifies and connects; resolves when every proxy is current. */
  static async open({ directory, proxyCount, say }: BenchSetup): Promise<FleetBench> {
    const places = await placeControlPlane(directory);
    writeFleetDocuments(places.documents);
    await using stack = new AsyncDisposableStack();
    const child = stack.use(await startControlPlane(places));
    await waitForControlPlane(child, places);
    say(`certifying ${proxyCount} proxies`);
    const joined = await joinFleet(places, proxyCount);
    say(`connecting ${proxyCount} proxies`);
    const fleet = stack.use(await Fleet.connect(joined, places.port, directory));
    stack.move();
    return new FleetBench(places, child, fleet);
  }

  get pid(): number {
    return this.child.pid;
  }

  /** Resident memory of the control plane. */
  get rssBytes(): number {
    return readRssBytes(this.child.pid);
  }

  /** Replaces an endpoint of a service; resolves with how long each proxy that uses the service took to acknowledge it. */
  changeEndpoints(service: ServiceIndex): Promise<readonly number[]> {
    const edit = ++this.edit;
    return this.fleet.measure({
      service,
      marker: endpointsMarker(service, edit),
      write: () => writeEndpoints(this.places.documents, service, edit),
    });
  }

  /** Changes a timeout of a service that all use. */
  changePolicy(service: ServiceIndex): Promise<readonly number[]> {
    const edit = ++this.edit;
    return this.fleet.measure({
      service,
      marker: policyMarker(service, edit),
      write: () => writePolicy(this.places.documents, service, edit),
    });
  }

  /** Replaces an endpoint so many times a second, of one service after the other, whether the one before has arrived or not. */
  async changeSteadily(perSecond: number, seconds: number): Promise<void> {
    const startedMs = monotonicMs();
    for (let index = 0; index < seconds * perSecond; index++) {
      writeEndpoints(this.places.documents, steadyService(index), ++this.edit);
      await delay(Math.max(0, startedMs + ((index + 1) * 1_000) / perSecond - monotonicMs()));
    }
  }

  /** Kills the control plane and starts it again with what it has stored; resolves with how long all proxies took to be current again. */
  restart(): Promise<number> {
    return this.fleet.measureLoss(async () => {
      process.kill(this.child.pid, 'SIGKILL');
      await this.child[Symbol.asyncDispose]();
      this.child = await startControlPlane(this.places);
    });
  }

  async costOf(action: () => Promise<unknown>): Promise<Cost> {
    const { pid } = this;
    const [controlPlaneUs, proxiesUs] = this.readCpu();
    const startedMs = monotonicMs();
    await action();
    const tookMs = monotonicMs() - startedMs;
    const [controlPlaneAfterUs, proxiesAfterUs] = this.readCpu();
    const coresOf = (us: number): number => us / 1_000 / tookMs;
    return {
      tookMs,
      // A process that was started meanwhile has used nothing before.
      controlPlaneCores: coresOf(controlPlaneAfterUs - (pid === this.pid ? controlPlaneUs : 0)),
      proxyCores: coresOf(proxiesAfterUs - proxiesUs),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet[Symbol.asyncDispose]();
    await this.child[Symbol.asyncDispose]();
  }

  private readCpu(): readonly [number, number] {
    const proxiesUs = this.fleet.pids.reduce((sum, pid) => sum + readCpuUs(pid), 0);
    return [readCpuUs(this.child.pid), proxiesUs];
  }
}

function steadyService(index: number): ServiceIndex {
  if (index % SHARED_EVERY === 0) return (index / SHARED_EVERY) % SHARED_SERVICES;
  return SHARED_SERVICES + ((index * STRIDE) % (SERVICES - SHARED_SERVICES));
}
