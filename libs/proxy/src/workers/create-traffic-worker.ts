// SPDX-License-Identifier: Apache-2.0
import { fstatSync } from 'node:fs';
import { createSystemRandom, systemClock } from '@weir/base';
import { BackendMemory, createSharedLoads, SharedPlaces } from '@weir/resilience';
import { createAccessLog, createLogWriter, createTelemetry, writeToDescriptor } from '@weir/telemetry';
import type { AccessLog, LogWriter, SpanRecord } from '@weir/telemetry';
import type { MeshParts } from '../engine/engine-contract.ts';
import { createEngine } from '../engine/engine.ts';
import { createEventLoopDelay } from './event-loop-delay.ts';
import { writeInTurn } from './log-turn.ts';
import { TrafficWorker } from './traffic-worker.ts';
import type { WorkerInit } from './worker-messages.ts';
import { createWorkerTraces } from './worker-traces.ts';

export interface TrafficWorkerSurroundings extends MeshParts {
  /** Takes spans to where they are exported; must neither wait nor throw. */
  readonly sendSpans: (spans: readonly SpanRecord[]) => void;
}

/** Everything that carries the traffic of one thread, and nothing that reads documents or command lines. */
export function createTrafficWorker(init: WorkerInit, { sendSpans, ...parts }: TrafficWorkerSurroundings): TrafficWorker {
  const clock = systemClock;
  const log = openLog(init);
  const random = createSystemRandom();
  const traces = init.tracing && createWorkerTraces(init.tracing, { clock, random, column: init.column, send: sendSpans });
  const telemetry = createTelemetry({ clock, accessLog: log?.lines, traces });
  const place = { workerIndex: init.column, workerCount: init.columnCount };
  const loads = createSharedLoads(init.loads, place);
  const backendMemory = new BackendMemory(init.backends, place);
  const places = new SharedPlaces(init.places, init.column);
  const overloads = new Int32Array(init.overloads);
  const engine = createEngine({
    ...{ clock, random, telemetry, loads, places, backendMemory },
    ...parts,
    rates: init.rates,
    settings: init.settings,
    reportOverload: word => Atomics.store(overloads, init.column, word),
  });
  return new TrafficWorker({
    engine,
    clock,
    eventLoopDelay: createEventLoopDelay(),
    dumpMetrics: () => telemetry.dump(),
    heapUsedBytes: () => process.memoryUsage().heapUsed,
    onDrained() {
      // It may have a last line to write.
      telemetry.close();
      traces?.flush();
      return log?.writer.close() ?? Promise.resolve();
    },
  });
}

function openLog(init: WorkerInit): { readonly lines: AccessLog; readonly writer: LogWriter } | undefined {
  const { format, hasColour, descriptor } = init.accessLog;
  if (format === 'off') return undefined;
  const clock = systemClock;
  const write = writeToDescriptor(descriptor);
  // A file that is appended to takes any length in one piece.
  const isFile = fstatSync(descriptor).isFile();
  const writer = createLogWriter(isFile ? write : writeInTurn(write, { memory: init.logTurn, column: init.column }), { clock });
  const shape = format === 'human' && hasColour ? 'coloured' : format;
  return { lines: createAccessLog({ format: shape, writer, clock }), writer };
}
