// SPDX-License-Identifier: Apache-2.0
import { Exchange, Fault, systemClock } from '@weir/base';
import type { RequestBody, RequestHead, Verdict } from '@weir/base';
import { compileFilters, FREE_GATE, NotAsked } from '@weir/filters';
import type { AccessStore, FilterContext, RunnableSpec, TrafficStore } from '@weir/filters';
import { COUNTLESS } from './traffic-policies.ts';
import type { Answer } from '../explanation.ts';
import { copyHead } from '../request/read-request.ts';

/** A request on its way into the filters of a rule. */
export interface Passage {
  readonly head: RequestHead;
  readonly localPort: number;
  readonly matchedPrefix: string;
  /** Of the client, behind trusted hops. */
  readonly clientAddress: string;
  /** The workload of the mesh that calls; undefined = none does, or this is its own side. */
  readonly peerIdentity: string | undefined;
  /** Port that is called of a Service of the mesh; undefined = the listener's. */
  readonly servicePort: number | undefined;
  readonly access: AccessStore;
  readonly traffic: TrafficStore;
}

const NO_BODY: RequestBody = {
  contentLength: 0,
  isStarted: false,
  pipe: sink => sink.onEnd(undefined),
  resume: () => undefined,
  discard: () => undefined,
};

/** Of what chance decides, only what becomes of every request. */
const NEARLY_ONE = 1 - Number.EPSILON;

/** Nothing is sent from here: not to mirrors, and to nobody who would have to be asked. Nobody is held up. */
function contextOf({ access, traffic }: Passage): FilterContext {
  return {
    random: { next: () => NEARLY_ONE, hex: count => '0'.repeat(count * 2) },
    mirror: () => undefined,
    callBackend: undefined,
    clock: systemClock,
    accessChain: name => access.chain(name),
    trafficLimits: name => traffic.limits(name),
    concurrencyLimits: name => traffic.concurrency(name),
    rateCounters: COUNTLESS,
    concurrencyGate: FREE_GATE,
    injectedFaults: name => traffic.faults(name),
    delayRoom: undefined,
    onFaultInjected: () => undefined,
  };
}

/** Sends a copy of a request through the engine's own filters, one list after the other, as far as they let it. */
export function runFilters(passage: Passage, ...lists: readonly (readonly RunnableSpec[])[]): Answer {
  const exchange = exchangeOf(passage);
  const context = contextOf(passage);
  try {
    for (const filter of lists.flatMap(specs => compileFilters(specs, context))) {
      const verdict = filter.onRequest?.(exchange);
      if (verdict instanceof Promise) return undecided(verdict);
      if (verdict?.kind === 'reply') {
        return { kind: 'replied', status: verdict.response.status, location: verdict.response.headers.get('location') };
      }
    }
  } catch (reason) {
    if (reason instanceof NotAsked) return { kind: 'undecided', detail: reason.message };
    return refused(Fault.from(reason));
  }
  const { method, host, path, query } = exchange.request;
  return { kind: 'forwarded', method, host, path, query };
}

/** What an access policy asks of others (keys of an issuer) is not asked here: no answer is better than a wrong one. */
function undecided(pending: Promise<Verdict>): Answer {
  // Nobody hears of how it ends.
  pending.catch(() => undefined);
  return {
    kind: 'undecided',
    detail: 'an access policy has to ask somebody else first, whom explain does not ask; the gateway does',
  };
}

export function refused(fault: Fault): Answer {
  return { kind: 'refused', status: fault.spec.status, code: fault.code, detail: fault.message };
}

/** A request as the engine has it before any filter. */
export function exchangeOf({ head, localPort, matchedPrefix, clientAddress, peerIdentity, servicePort }: Passage): Exchange {
  const exchange = new Exchange({
    request: copyHead(head),
    body: NO_BODY,
    downstream: {
      remoteAddress: clientAddress,
      remotePort: 0,
      localAddress: '127.0.0.1',
      localPort,
      isTls: head.scheme === 'https',
      serverName: undefined,
      clientCertificate: undefined,
      peerIdentity,
    },
    startedMs: 0,
    protocol: 'HTTP/1.1',
  });
  exchange.matchedPrefix = matchedPrefix;
  exchange.servicePort = servicePort;
  return exchange;
}
