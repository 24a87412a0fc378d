// SPDX-License-Identifier: Apache-2.0
import { reasonWords, systemClock } from '@weir/base';
import type { Clock } from '@weir/base';
import { openRolloutStore, webCalls } from '@weir/control-plane/rollouts';
import type { OpenRolloutStore } from '@weir/control-plane/rollouts';
import type { RolloutGround } from '@weir/gateway';
import { RolloutDesk } from '@weir/rollouts/drive';
import type { RolloutStore } from '@weir/rollouts/drive';
import type { SplitReport } from '@weir/policy/snapshot';
import { SplitReporter } from '@weir/sync/client';
import { GATEWAY, wholeArrival } from './whole-arrival.ts';
import type { MeshSplit } from './whole-arrival.ts';

export interface RolloutHostOptions {
  /** Where states outlive the process; undefined = nowhere. */
  readonly stateDirectory: string | undefined;
  readonly mesh: RolloutMesh;
  /** For people: a turn of a Rollout, `namespace/name`. */
  readonly onTurn: (rollout: string, turn: { readonly words: string; readonly by: string }) => void;
  readonly onNote: (text: string) => void;
}

/** The sidecars of the same process. */
export interface RolloutMesh {
  /** Undefined = no sidecar is to have anything of that Rollout, `namespace/name`. */
  splitOf(rollout: string): MeshSplit | undefined;
  /** `IDENTITY/PROXY`. */
  isConnected(proxy: string): boolean;
}

/** What goes on being wrong is said again after so long. */
const NOTE_AGAIN_MS = 60_000;

/** Drives Rollouts on a gateway and the sidecars of its process. Nothing of it throws later than `open`. */
export class RolloutHost {
  readonly desk: RolloutDesk;
  private readonly options: RolloutHostOptions;
  private readonly clock: Clock;
  private readonly toldAtMs = new Map<string, number>();
  private kept: OpenRolloutStore | undefined;
  private ground: RolloutGround | undefined;
  private reporter: SplitReporter | undefined;

  private constructor(options: RolloutHostOptions, store: RolloutStore) {
    this.options = options;
    this.clock = guarded(systemClock, reason => this.note(`Rollouts: ${reasonWords(reason)}`));
    this.desk = new RolloutDesk({
      // All of them are in this process.
      ...{ clock: this.clock, store, web: webCalls, reconnectMs: 0 },
      world: {
        rollouts: () => this.ground?.rollouts ?? new Map(),
        arrivalOf: key => wholeArrival(this.ground?.splitArrival(key), options.mesh.splitOf(key)),
        isConnected: proxy => proxy === GATEWAY || options.mesh.isConnected(proxy),
        sideOf: proxy => (proxy === GATEWAY ? 'edge' : 'mesh'),
        onInForce: () => this.ground?.recheck(),
      },
      onNews: options.onTurn,
      onNote: text => this.note(text),
    });
  }

  /** Rejects where what is stored cannot be read, or is in use. */
  static async open(options: RolloutHostOptions): Promise<RolloutHost> {
    const { stateDirectory } = options;
    const kept = stateDirectory === undefined ? undefined : await openRolloutStore(stateDirectory);
    try {
      const host = new RolloutHost(options, kept?.store ?? IN_MEMORY);
      host.kept = kept;
      await host.desk.open();
      return host;
    } catch (reason) {
      await kept?.close();
      throw reason;
    }
  }

  /** Begins; the first call counts. What documents offer must be known by then: what is not among them is forgotten. */
  drive(ground: RolloutGround): void {
    if (this.ground !== undefined) return;
    this.ground = ground;
    this.desk.start();
    this.reporter = new SplitReporter({
      clock: this.clock,
      client: { isConnected: true, reportSplits: report => this.hear(report) },
      take: () => ground.splitReport(),
    });
  }

  /** Ends; what is in force stays so. */
  async close(): Promise<void> {
    this.desk.stop();
    this.reporter?.close();
    await this.kept?.close();
  }

  private hear(report: SplitReport): boolean {
    this.desk.report(GATEWAY, report);
    return true;
  }

  private note(text: string): void {
    const nowMs = systemClock.nowMs();
    if (nowMs - (this.toldAtMs.get(text) ?? -NOTE_AGAIN_MS) < NOTE_AGAIN_MS) return;
    this.toldAtMs.set(text, nowMs);
    this.options.onNote(text);
  }
}

const IN_MEMORY: RolloutStore = { load: () => Promise.resolve(new Map()), save: () => Promise.resolve() };

/** A clock whose timers end in a note where they throw: an error of a Rollout must not end the gateway. */
function guarded(clock: Clock, onError: (reason: unknown) => void): Clock {
  const guard = (action: () => void) => (): void => {
    try {
      action();
    } catch (reason) {
      onError(reason);
    }
  };
  return {
    nowMs: () => clock.nowMs(),
    wallMs: () => clock.wallMs(),
    after: (ms, action) => clock.after(ms, guard(action)),
    every: (ms, action) => clock.every(ms, guard(action)),
  };
}
