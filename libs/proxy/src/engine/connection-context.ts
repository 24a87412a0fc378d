// SPDX-License-Identifier: Apache-2.0
import { Exchange, HeaderList } from '@weir/base';
import type { Clock, Downstream, Fault, Random } from '@weir/base';
import type { Telemetry } from '@weir/telemetry';
import { EMPTY_BODY } from '../http1/downstream-body.ts';
import type { WriteBatch } from '../http1/socket-writer.ts';
import type { ConnectionHost, ServedConnection } from './connection-host.ts';
import { ExchangeRun } from './exchange-run.ts';
import type { RunHost } from './exchange-run.ts';
import type { ConnectionOrigin } from './port-runtime.ts';
import type { Responder, RunningExchange } from './responder.ts';
import type { RuleTarget } from './rule-runtime.ts';
import type { Limits } from './settings.ts';

/** What a connection uses of the engine. */
export interface ConnectionEngine {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly batch: WriteBatch;
  readonly random: Random;
  readonly isDraining: boolean;
  readonly coarseNowMs: number;
  readonly dateText: string;
  readonly telemetry: Pick<Telemetry, 'requestStarted'>;
  readonly shedder: { requestsInFlight: number };
  route(exchange: Exchange, origin: ConnectionOrigin): Promise<RuleTarget> | RuleTarget;
  record(exchange: Exchange): void;
}

interface ContextInit {
  readonly downstream: Downstream;
  readonly origin: ConnectionOrigin;
  onClosed(connection: ServedConnection): void;
}

/** What one downstream connection sees of the engine. */
export class ConnectionContext implements ConnectionHost, RunHost {
  readonly downstream: Downstream;
  private readonly engine: ConnectionEngine;
  private readonly init: ContextInit;

  constructor(engine: ConnectionEngine, init: ContextInit) {
    this.engine = engine;
    this.init = init;
    this.downstream = init.downstream;
  }

  get clock(): Clock {
    return this.engine.clock;
  }

  get limits(): Limits {
    return this.engine.limits;
  }

  get batch(): WriteBatch {
    return this.engine.batch;
  }

  get random(): Random {
    return this.engine.random;
  }

  get dateText(): string {
    return this.engine.dateText;
  }

  get isDraining(): boolean {
    const { isDraining, coarseNowMs } = this.engine;
    return isDraining || this.init.origin.mesh?.isRetiring(coarseNowMs) === true;
  }

  get coarseNowMs(): number {
    return this.engine.coarseNowMs;
  }

  handle(exchange: Exchange, responder: Responder): RunningExchange {
    this.engine.telemetry.requestStarted(exchange);
    this.engine.shedder.requestsInFlight += 1;
    const run = new ExchangeRun(exchange, responder, this);
    run.start();
    return run;
  }

  route(exchange: Exchange): Promise<RuleTarget> | RuleTarget {
    return this.engine.route(exchange, this.init.origin);
  }

  onEnd(exchange: Exchange): void {
    this.engine.shedder.requestsInFlight -= 1;
    this.engine.record(exchange);
  }

  /**
   * A request that could not be read still stands in log and metrics, with the status that its fault stands for. A client of HTTP/2
   * may never have got it: where its stream was reset or its connection ended, the error code of the frame was all it was told.
   */
  onRefused(fault: Fault, protocol: Exchange['protocol']): void {
    const exchange = new Exchange({
      request: {
        method: '',
        scheme: this.downstream.isTls ? 'https' : 'http',
        authority: '',
        host: '',
        path: '',
        query: undefined,
        headers: new HeaderList(),
      },
      body: EMPTY_BODY,
      downstream: this.downstream,
      startedMs: this.clock.nowMs(),
      protocol,
    });
    this.engine.telemetry.requestStarted(exchange);
    exchange.fault = fault.code;
    exchange.faultDetail = fault.message;
    exchange.status = fault.spec.status;
    this.engine.record(exchange);
  }

  onClosed(connection: ServedConnection): void {
    this.init.onClosed(connection);
  }
}
