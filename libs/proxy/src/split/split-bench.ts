// SPDX-License-Identifier: Apache-2.0
import { Ways } from '@weir/base';
import type { Exchange, Random, UpstreamCall } from '@weir/base';
import type { Backend, Split, SplitReport } from '@weir/policy/snapshot';
import { BackendMemory, backendMemoryBytes } from '@weir/resilience';
import {
  createManualClock,
  createRecordingHandler,
  createScriptedDispatch,
  createSeededRandom,
  createTestExchange,
} from '@weir/testing';
import type { RecordingHandler, ScriptedAttempt, TestExchangeInit } from '@weir/testing';
import { BackendCredentials } from '../engine/backend-credentials.ts';
import { BackendGuards } from '../engine/backend-guards.ts';
import { endpointKey } from '../engine/endpoint-key.ts';
import { sendMirror } from '../engine/mirror.ts';
import { BackendReference } from '../engine/backend-reference.ts';
import { backendOf } from '../engine/sample-resources.ts';
import { MeshSessions } from '../mesh/mesh-sessions.ts';
import { CertificateStore } from '../tls/certificate-store.ts';
import { BackendSlots } from '../workers/backend-slots.ts';
import { createRunningBackend } from './create-backend.ts';
import { POOL_CONTEXT, ScriptedRegistry } from './scripted-registry.ts';
import { SplitBackend } from './split-backend.ts';
import { SplitTallies } from './split-tallies.ts';

/** The memory that the workers of a process share, and who has which place in it. */
export class SharedMemory {
  readonly clock = createManualClock();
  readonly buffer = new SharedArrayBuffer(backendMemoryBytes(16, 2));
  readonly slots = new BackendSlots({ memory: this.buffer, workerCount: 2, capacity: 16 });
}

const STABLE = [1, 2];
const CANDIDATE = [11];

/** A split of `shop/catalogue:80` between `old`, at ports 1 and 2, and `new`, at port 11: nothing goes to `new`. */
function splitOf(parts: Partial<Split> = {}): Split {
  return {
    ...{ rollout: 'shop/catalogue', step: '1', candidateShare: 0, mirrorShare: 0, assignment: undefined, matches: [] },
    ...{ stable: revisionOf('old', STABLE), candidate: revisionOf('new', CANDIDATE), fuse: undefined },
    ...parts,
  };
}

export function revisionOf(revision: string, ports: readonly number[]): Split['stable'] {
  return { revision, endpoints: ports.map(port => ({ address: '127.0.0.1', port })) };
}

export function splitBackendOf(parts: Partial<Split> = {}, more: Partial<Backend> = {}): Backend {
  const split = splitOf(parts);
  const label = 'shop/catalogue:80';
  return { ...backendOf('shop/catalogue/80', [], label), endpoints: split.stable.endpoints, split, ...more };
}

export interface SentAttempt {
  readonly exchange: Exchange;
  readonly handler: RecordingHandler;
  readonly call: UpstreamCall;
  /** '' = it is none of a split. */
  readonly revision: string;
}

/** One worker with one backend, whose endpoints a test answers for. */
export class SplitBench {
  readonly reference = new BackendReference('backend/shop/catalogue/80');
  readonly upstream = createScriptedDispatch();
  /** `address:port` that attempts went to, in turn. */
  readonly endpoints: string[] = [];
  readonly registry = new ScriptedRegistry(endpoint => (exchange, handler) => {
    this.endpoints.push(endpointKey(endpoint));
    return this.upstream.dispatch(exchange, handler);
  });
  readonly copies: Exchange[] = [];
  private readonly tallies = new SplitTallies();
  private readonly guards: BackendGuards;
  private readonly memory: SharedMemory;
  private readonly random: Random;
  private readonly way = new Ways('HTTPRoute/shop/web').from('shop/edge/http');

  constructor(memory = new SharedMemory(), workerIndex = 0) {
    this.memory = memory;
    this.random = createSeededRandom(7 + workerIndex);
    this.guards = new BackendGuards({
      memory: new BackendMemory(memory.buffer, { workerIndex, workerCount: 2 }),
      clock: memory.clock,
      telemetry: { backendRefused: () => undefined, breakerChanged: () => undefined },
    });
  }

  /** As a transaction brings it, to this worker and others. */
  put(backend: Backend, ...others: readonly SplitBench[]): void {
    const slots = this.memory.slots.record(backend);
    for (const bench of [this, ...others]) bench.take(backend, slots);
  }

  /** Sends the first attempt of a request, or one more. */
  send(init: Exchange | TestExchangeInit = {}): SentAttempt {
    const exchange = 'served' in init ? init : this.exchangeOf(init);
    const handler = createRecordingHandler();
    const call = this.reference.dispatch(exchange, handler);
    return { exchange, handler, call, revision: exchange.served.revision };
  }

  exchangeOf(init: TestExchangeInit = {}): Exchange {
    const exchange = createTestExchange(init);
    exchange.way = this.way;
    return exchange;
  }

  /** How many of some requests went to the candidate. */
  countOfNew(count: number, init?: TestExchangeInit): number {
    let sum = 0;
    for (let i = 0; i < count; i++) if (this.send(init).revision === 'new') sum++;
    return sum;
  }

  /** Sends a request and answers it. */
  answer(status: number, init?: TestExchangeInit): ScriptedAttempt {
    this.send(init);
    const { last } = this.upstream;
    last.handler.onHead({ status, headers: createTestExchange().request.headers, contentLength: 0 });
    last.handler.onEnd(undefined);
    return last;
  }

  report(): SplitReport | undefined {
    const { current } = this.reference;
    return this.tallies.take(current instanceof SplitBackend ? [current.inForce] : []);
  }

  take(backend: Backend, slots: ReturnType<BackendSlots['record']>): void {
    const { clock } = this.memory;
    this.guards.learnSlots(slots);
    const previous = this.reference.current;
    const sources = { certificates: new CertificateStore(), trustBundles: new Map() };
    const next = createRunningBackend(backend, {
      ...{ clock, random: this.random, guards: this.guards, registry: this.registry, tallies: this.tallies },
      context: POOL_CONTEXT,
      credentials: new BackendCredentials(sources),
      meshSessions: new MeshSessions({
        certificateOf: () => undefined,
        trustBundles: new Map(),
        trustDomain: () => undefined,
        wallMs: () => 0,
      }),
      sendCopy: (_, exchange, dispatch) => {
        this.copies.push(exchange);
        sendMirror(exchange, dispatch, 1_024);
      },
    });
    this.reference.current = next;
    if (previous !== undefined) next.inherit(previous);
    previous?.release();
  }
}
