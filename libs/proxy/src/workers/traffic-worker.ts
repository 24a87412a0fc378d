// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import type { MetricsDump } from '@weir/telemetry';
import type { Engine } from '../engine/engine-contract.ts';
import type { EventLoopDelay } from './event-loop-delay.ts';
import { DatagramListener } from './datagram-listener.ts';
import { WorkerListener } from './worker-listener.ts';
import { FAREWELL_MS } from './farewell.ts';
import type { AnswerOf, RequestKind, RequestOf, ToWorker, Update, WorkerReport } from './worker-messages.ts';

export interface TrafficWorkerParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly eventLoopDelay: EventLoopDelay;
  dumpMetrics(): MetricsDump;
  heapUsedBytes(): number;
  /** No connection is left; resolves when nothing is left to write either. */
  onDrained(): Promise<void>;
}

/** What takes the connections or datagrams of one port. */
interface PortListener {
  /** Connections, or sessions of UDP, taken so far. */
  readonly acceptedCount: number;
  close(patienceMs: number): Promise<void>;
}

/** One worker's side of the conversation with the main thread: an engine, and the listeners that feed it. */
export class TrafficWorker {
  private readonly parts: TrafficWorkerParts;
  private readonly listeners = new Map<ResourceName, PortListener>();
  private closedListenersAccepted = 0;

  constructor(parts: TrafficWorkerParts) {
    this.parts = parts;
  }

  /** Does what is asked and gives the answer; fails as the engine or the system does. */
  handle(message: ToWorker): Promise<AnswerOf<RequestKind>> {
    switch (message.kind) {
      case 'apply':
        return this.apply(message.body.update);
      case 'listen':
        return this.listen(message.body);
      case 'unlisten':
        return this.unlisten(message.body.port, message.body.patienceMs);
      case 'drain':
        return this.drain(message.body);
      case 'partWithStrangers':
        return this.partWithStrangers();
      case 'drainReceived':
        return this.drainReceived(message.body.patienceMs);
      case 'report':
        return Promise.resolve(this.report());
      case 'splitReport':
        return Promise.resolve(this.parts.engine.takeSplitReport() ?? null);
    }
  }

  private apply({ transaction, slots, health, backendSlots }: Update): ReturnType<Engine['apply']> {
    return this.parts.engine.apply(transaction, slots, { health, backendSlots });
  }

  private async listen({ port, at, descriptor }: RequestOf<'listen'>): Promise<null> {
    const { clock, engine } = this.parts;
    const target = { at, descriptor };
    const listener =
      at.transport === 'udp'
        ? await DatagramListener.open(target, { clock, open: socket => engine.openDatagrams(port, socket) })
        : await WorkerListener.open(target, { clock, onConnection: socket => engine.accept(port, socket) });
    this.listeners.set(port, listener);
    return null;
  }

  private async unlisten(port: ResourceName, patienceMs: number): Promise<null> {
    const listener = this.listeners.get(port);
    this.listeners.delete(port);
    await listener?.close(patienceMs);
    this.closedListenersAccepted += listener?.acceptedCount ?? 0;
    return null;
  }

  private async drain({ patienceMs, queuePatienceMs }: RequestOf<'drain'>): Promise<null> {
    const { engine } = this.parts;
    await this.within(patienceMs, this.empty(queuePatienceMs));
    engine.goAway();
    if (patienceMs > 0) await this.farewell();
    engine.close();
    await this.parts.onDrained();
    return null;
  }

  /** Lets what was said at the end reach its clients. */
  private async farewell(): Promise<void> {
    await this.within(FAREWELL_MS, this.parts.engine.drain());
  }

  private partWithStrangers(): Promise<null> {
    this.parts.engine.partWithStrangers();
    return Promise.resolve(null);
  }

  private async drainReceived(patienceMs: number): Promise<null> {
    await this.within(patienceMs, this.parts.engine.drainReceived());
    return null;
  }

  /** Waits for something, but no longer than that. */
  private async within(durationMs: number, work: Promise<void>): Promise<void> {
    const deadline = Promise.withResolvers<undefined>();
    const timer = this.parts.clock.after(durationMs, () => deadline.resolve(undefined));
    await Promise.race([work, deadline.promise]);
    timer.cancel();
  }

  /** Resolves when nothing is accepted any more and no connection is left. */
  private async empty(queuePatienceMs: number): Promise<void> {
    const { engine } = this.parts;
    // From here on answers close their connections, also on connections that are still being accepted.
    const accepted = engine.drain();
    await Promise.all([...this.listeners.keys()].map(port => this.unlisten(port, queuePatienceMs)));
    await accepted;
    // Those that came after a first moment without any.
    await engine.drain();
  }

  private report(): WorkerReport {
    const { engine, eventLoopDelay } = this.parts;
    let acceptedCount = this.closedListenersAccepted;
    for (const listener of this.listeners.values()) acceptedCount += listener.acceptedCount;
    return {
      metrics: this.parts.dumpMetrics(),
      connectionCount: engine.connectionCount,
      acceptedCount,
      eventLoopDelayP99Ms: eventLoopDelay.p99Ms(),
      eventLoopDelayMaxMs: eventLoopDelay.maxMs(),
      heapUsedBytes: this.parts.heapUsedBytes(),
    };
  }
}
