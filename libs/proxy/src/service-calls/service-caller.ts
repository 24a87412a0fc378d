// SPDX-License-Identifier: Apache-2.0
import { Exchange, Fault, stack } from '@weir/base';
import type { Clock, Dispatch, Random, RequestHead } from '@weir/base';
import type { CallBackend, ServiceAnswer, ServiceRequest } from '@weir/filters';
import type { ResourceName } from '@weir/policy/snapshot';
import { createRetryLayer, createTimeoutLayer, RETRY_BUDGET, RetryBudget } from '@weir/resilience';
import type { RetrySpec } from '@weir/resilience';
import type { BackendReference } from '../engine/backend-reference.ts';
import { collectAnswer } from './collect-answer.ts';
import type { CallBreaker } from './call-breaker.ts';
import { FixedBody } from './fixed-body.ts';

export interface ServiceCallerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly maxInFlight: number;
  backendReference(name: ResourceName): BackendReference;
  readonly createBreaker: () => Promise<CallBreaker>;
  /** `refused`: without having been made. */
  onEnd(backend: string, result: 'answered' | 'failed' | 'refused'): void;
}

/** To ask is harmless, so that a lost connection is worth a second try, with another endpoint where there is one. */
const RETRY: RetrySpec = {
  attempts: 1,
  kinds: ['Reset', 'Timeout'],
  statusCodes: [],
  grpcStatusCodes: [],
  backoffMs: 10,
  retriesAllMethods: true,
};

/** What a server in front of the service says of it; and the codes of gRPC that say the same: DEADLINE_EXCEEDED, UNAVAILABLE. */
const AWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
const AWAY_GRPC_STATUSES: ReadonlySet<string> = new Set(['4', '14']);

interface Service {
  /** For people. */
  label(): string;
  readonly dispatch: Dispatch | Promise<Dispatch>;
  isGone(): boolean;
  readonly breaker: Promise<CallBreaker>;
  readonly budget: RetryBudget;
  inFlight: number;
}

/** What of a service depends on where it is. */
type Called = Pick<Service, 'dispatch' | 'isGone' | 'label'>;

/**
 * Makes the calls of filters to backends of the configuration, and to servers outside of it by their origin: by the connections that requests have too, each within its time and
 * its size, no more at once than `maxInFlight`, and none while the service fails again and again.
 */
export class ServiceCaller {
  private readonly ports: ServiceCallerPorts;
  private readonly services = new Map<ResourceName, Service>();

  constructor(ports: ServiceCallerPorts) {
    this.ports = ports;
  }

  readonly call: CallBackend = async (name, request) => {
    const service = this.serviceOf(name);
    const progress = { isMade: false };
    try {
      this.admit(service);
      const breaker = await service.breaker;
      const answer = await breaker.fire(() => {
        progress.isMade = true;
        return this.attempt(service, request);
      });
      this.ports.onEnd(name, 'answered');
      return answer;
    } catch (reason) {
      this.ports.onEnd(name, progress.isMade ? 'failed' : 'refused');
      const fault = Fault.from(reason);
      throw new Fault(fault.code, `${service.label()}: ${fault.message}`, { cause: fault.cause });
    }
  };

  /** Forgets services that have left the configuration; called a few times a second. */
  sweep(): void {
    for (const [name, service] of this.services) {
      if (!service.isGone() || service.inFlight > 0) continue;
      this.services.delete(name);
      void service.breaker.then(one => one.shutdown());
    }
  }

  private serviceOf(name: ResourceName): Service {
    const known = this.services.get(name);
    if (known !== undefined) return known;
    const { clock } = this.ports;
    // As of routes: second tries do not multiply what a failing service has to bear.
    const own = { breaker: this.ports.createBreaker(), budget: new RetryBudget({ ...RETRY_BUDGET, clock }), inFlight: 0 };
    const service = { ...(isOrigin(name) ? this.serverAt(name) : this.backendOf(name)), ...own };
    this.services.set(name, service);
    return service;
  }

  private backendOf(name: ResourceName): Called {
    const reference = this.ports.backendReference(name);
    const { dispatch } = reference;
    return { dispatch, label: () => reference.current?.backend.label ?? name, isGone: () => reference.current === undefined };
  }

  /** The platform's client is loaded here, so that a worker that calls nobody outside never has it. */
  private serverAt(origin: string): Called {
    const dispatch = import('./origin-dispatch.ts').then(one => one.createOriginDispatch(origin, { authoritiesPem: undefined }));
    return { dispatch, label: () => origin, isGone: () => false };
  }

  private admit({ inFlight }: Service): void {
    const { maxInFlight } = this.ports;
    if (inFlight >= maxInFlight) throw new Fault('overloaded', `${maxInFlight} calls wait for it already`);
  }

  private async attempt(service: Service, request: ServiceRequest): Promise<ServiceAnswer> {
    service.inFlight += 1;
    try {
      const dispatch = this.layered(await service.dispatch, service, request.timeoutMs);
      const exchange = exchangeOf(request);
      exchange.deadlineMs = this.ports.clock.nowMs() + request.timeoutMs;
      const answer = await collectAnswer(dispatch, exchange, request.maxResponseBytes);
      assertServed(answer);
      return answer;
    } finally {
      service.inFlight -= 1;
    }
  }

  private layered(dispatch: Dispatch, { budget }: Service, timeoutMs: number): Dispatch {
    const { clock, random } = this.ports;
    const deadline = createTimeoutLayer({ timeoutMs, code: 'upstream_timeout', clock });
    return stack(dispatch, deadline, createRetryLayer(RETRY, { clock, random, budget }));
  }
}

/** Names of backends have no scheme. */
function isOrigin(name: string): boolean {
  return name.startsWith('https://') || name.startsWith('http://');
}

function assertServed({ status, headers, trailers }: ServiceAnswer): void {
  if (AWAY_STATUSES.has(status)) throw new Fault('no_endpoints', `it answers ${status}`);
  const grpcStatus = trailers?.get('grpc-status') ?? headers.get('grpc-status');
  if (grpcStatus !== undefined && AWAY_GRPC_STATUSES.has(grpcStatus)) {
    throw new Fault('no_endpoints', `it answers with gRPC status ${grpcStatus}`);
  }
}

/** No part of the original is shared, but what its connection says. */
function exchangeOf({ method, path, query, authority, headers, body, origin }: ServiceRequest): Exchange {
  const host = authority.replace(/:\d+$/, '');
  const request: RequestHead = { method, scheme: 'http', authority, host, path, query, headers };
  const exchange = new Exchange({
    request,
    body: new FixedBody(body),
    downstream: origin.downstream,
    startedMs: origin.startedMs,
    protocol: 'HTTP/1.1',
  });
  exchange.clientAddress = origin.clientAddress;
  exchange.served.listener = origin.served.listener;
  return exchange;
}
