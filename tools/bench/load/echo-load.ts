// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../measure/percentile.ts';
import type { CreateLoad, LoadResult } from './load.ts';

export interface LaneEvents {
  /** A whole message has come back. */
  readonly onEcho: () => void;
  /** The lane is over, without having been closed by us. */
  readonly onLost: () => void;
}

/** One stream or WebSocket on which messages come back in the order they went out. */
export interface Lane {
  send(): void;
}

export interface OpenLanes {
  readonly port: number;
  /** To be closed when the load ends. */
  readonly sockets: DisposableStack;
  /** Called for each lane. */
  readonly createEvents: () => LaneEvents;
}

export interface EchoOptions {
  /** Opens all lanes, ready to send; as many as `createEvents` was called, in that order. */
  readonly open: (options: OpenLanes) => Promise<readonly Lane[]>;
  /** Messages on their way in each lane. */
  readonly inFlight: number;
}

const MICROSECONDS_PER_MS = 1_000;

/** On every lane a message goes out whenever one has come back. Counts messages that went there and back. */
export function createEchoLoad({ open, inFlight }: EchoOptions): CreateLoad {
  return ({ port }) =>
    async seconds => {
      using sockets = new DisposableStack();
      const tally = new EchoTally();
      const lanes = await open({ port, sockets, createEvents: () => tally.addLane() });
      tally.start(lanes, inFlight);
      await delay(seconds * 1_000);
      return tally.finish();
    };
}

/** Counts echoes and their times over all lanes. */
class EchoTally {
  private readonly latenciesUs: number[] = [];
  private readonly sentMs: number[][] = [];
  private lanes: readonly Lane[] = [];
  private startedMs = 0;
  private lost = 0;
  private isOver = false;

  addLane(): LaneEvents {
    const index = this.sentMs.push([]) - 1;
    return {
      onEcho: () => {
        this.onEcho(index);
      },
      onLost: () => {
        if (!this.isOver) this.lost += 1;
      },
    };
  }

  start(lanes: readonly Lane[], inFlight: number): void {
    this.lanes = lanes;
    this.startedMs = performance.now();
    for (const index of lanes.keys()) for (let sent = 0; sent < inFlight; sent++) this.send(index);
  }

  finish(): LoadResult {
    this.isOver = true;
    return {
      requests: this.latenciesUs.length,
      durationUs: (performance.now() - this.startedMs) * MICROSECONDS_PER_MS,
      errors: this.lost,
      p50Us: percentile(this.latenciesUs, 0.5),
      p99Us: percentile(this.latenciesUs, 0.99),
    };
  }

  private onEcho(index: number): void {
    if (this.isOver) return;
    const sentMs = this.sentMs[index]?.shift() ?? Number.NaN;
    this.latenciesUs.push((performance.now() - sentMs) * MICROSECONDS_PER_MS);
    this.send(index);
  }

  private send(index: number): void {
    this.sentMs[index]?.push(performance.now());
    this.lanes[index]?.send();
  }
}
