// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { MeshProtocol } from '@weir/policy/snapshot';
import { breakOff } from '../tcp/break-off.ts';
import type { OpenedSource } from '../tcp/splice-side.ts';
import type { EarlyLeg } from '../tcp/stream-connection.ts';
import type { StreamLeg } from '../tcp/stream-leg.ts';
import { detectProtocol } from '../intercept/detect-protocol.ts';
import type { Detection, FoundHttp, FoundStream } from '../intercept/detection.ts';
import type { BeginDial } from '../intercept/early-upstream.ts';
import { ServerFirstPorts } from '../intercept/server-first-ports.ts';
import type { MeshHost } from './mesh-host.ts';

/** A connection whose protocol has to be found out. */
export interface Undetected {
  readonly source: OpenedSource;
  readonly declared: MeshProtocol;
  /** Of the destination. */
  readonly port: number;
  /** What is learned is learned of it; see ServerFirstPorts. */
  readonly subject: string;
  /** Where it goes if it is carried whole, or why it may not be. */
  readonly leg: StreamLeg | Fault;
  /** See DetectionPlan. */
  readonly tlsGraceMs: number | undefined;
}

/** Exactly one is called, once, unless the room is emptied. */
export interface DetectionOutcome {
  onHttp(found: FoundHttp): void;
  /** `early`: what was dialled, to be taken or dropped. */
  onStream(found: FoundStream, early: EarlyLeg | undefined): void;
  /** The caller ends the source. */
  onFailed(fault: Fault): void;
}

interface Occupant {
  readonly source: OpenedSource;
  readonly leg: StreamLeg | undefined;
  readonly sinceMs: number;
  detection: Detection | undefined;
}

/** Connections of which it is not known yet what they speak. */
export class DetectionRoom {
  private readonly host: MeshHost;
  private readonly occupants = new Set<Occupant>();
  private readonly serverFirst: ServerFirstPorts;

  constructor(host: MeshHost) {
    this.host = host;
    this.serverFirst = new ServerFirstPorts(host.clock);
  }

  /** Finds out what a paused and unread connection speaks. */
  enter({ source, leg: way, ...plan }: Undetected, outcome: DetectionOutcome): void {
    const leg = way instanceof Fault ? undefined : way;
    const occupant: Occupant = { source, leg, sinceMs: this.host.coarseNowMs, detection: undefined };
    this.occupants.add(occupant);
    const leave = (): void => void this.occupants.delete(occupant);
    const handler = {
      onHttp: (found: FoundHttp) => {
        leave();
        leg?.release();
        outcome.onHttp(found);
      },
      onStream: (found: FoundStream) => {
        leave();
        const early = leg === undefined || found.upstream === undefined ? undefined : { leg, upstream: found.upstream };
        if (early === undefined) found.upstream?.drop();
        outcome.onStream(found, early);
      },
      onFailed: (fault: Fault) => {
        leave();
        leg?.release();
        outcome.onFailed(fault);
      },
    };
    const dial = way instanceof Fault ? dialNobody(way, plan.declared) : way.dial.bind(way);
    const { clock } = this.host;
    const host = { clock, serverFirst: this.serverFirst, onDetected: this.host.onDetected.bind(this.host) };
    occupant.detection = detectProtocol(source, { ...plan, dial }, { host, handler });
  }

  /** Ends attempts that take too long, and connections on which nobody says anything. */
  sweep(nowMs: number): void {
    for (const occupant of this.occupants) {
      occupant.leg?.sweep(nowMs);
      // Who can only become a client of HTTP waits no longer than those do.
      const { idleTimeoutMs, streamIdleTimeoutMs } = this.host.limits;
      const patienceMs = occupant.leg === undefined ? idleTimeoutMs : streamIdleTimeoutMs;
      if (nowMs - occupant.sinceMs > patienceMs) this.end(occupant);
    }
  }

  /** Ends all of them: nothing was answered, so nothing is cut. */
  close(): void {
    for (const occupant of [...this.occupants]) this.end(occupant);
  }

  private end(occupant: Occupant): void {
    this.occupants.delete(occupant);
    occupant.detection?.cancel();
    occupant.leg?.release();
    breakOff(occupant.source.socket);
  }
}

/** It may not be carried whole. Where it can still turn out to be requests, whose rules are others, nobody hears of that yet. */
function dialNobody(fault: Fault, declared: MeshProtocol): BeginDial {
  return () => {
    if (declared === 'tcp') throw fault;
    return { cancel: () => undefined };
  };
}
