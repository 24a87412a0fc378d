// SPDX-License-Identifier: Apache-2.0
import { fstatSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { createSystemRandom, systemClock } from '@weir/base';
import { BackendMemory, createSharedLoads, SharedPlaces } from '@weir/resilience';
import { createAccessLog, createLogWriter, createTelemetry, writeToDescriptor } from '@weir/telemetry';
import type { AccessLog, LogWriter } from '@weir/telemetry';
import { createEngine } from '../engine/engine.ts';
import { createEventLoopDelay } from './event-loop-delay.ts';
import { writeInTurn } from './log-turn.ts';
import { serveMessages } from './serve-messages.ts';
import { TrafficWorker } from './traffic-worker.ts';
import type { AccessLogSettings, FromWorker, WorkerInit } from './worker-messages.ts';
import { createWorkerTraces } from './worker-traces.ts';

// The entry of a worker thread: everything that carries traffic, and nothing that reads documents or command lines.

const init = workerData as WorkerInit;
const clock = systemClock;
const random = createSystemRandom();
const log = openLog(init.accessLog);
const traces =
  init.tracing &&
  createWorkerTraces(init.tracing, {
    ...{ clock, random, column: init.column },
    send: spans => parentPort?.postMessage({ spans } satisfies FromWorker),
  });
const telemetry = createTelemetry({ clock, accessLog: log?.lines, traces });
const loads = createSharedLoads(init.loads, { workerIndex: init.column, workerCount: init.columnCount });
const backendMemory = new BackendMemory(init.backends, { workerIndex: init.column, workerCount: init.columnCount });
const places = new SharedPlaces(init.places, init.column);
const overloads = new Int32Array(init.overloads);
const engine = createEngine({
  ...{ clock, random, telemetry, loads, places, backendMemory },
  rates: init.rates,
  settings: init.settings,
  reportOverload: word => Atomics.store(overloads, init.column, word),
});

const worker = new TrafficWorker({
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

if (parentPort === null) throw new Error('worker-main is the entry of a worker thread; start it with a WorkerPool');
serveMessages(parentPort, message => worker.handle(message));

function openLog(settings: AccessLogSettings): { readonly lines: AccessLog; readonly writer: LogWriter } | undefined {
  const { format, hasColour, descriptor } = settings;
  if (format === 'off') return undefined;
  const write = writeToDescriptor(descriptor);
  // A file that is appended to takes any length in one piece.
  const isFile = fstatSync(descriptor).isFile();
  const writer = createLogWriter(isFile ? write : writeInTurn(write, { memory: init.logTurn, column: init.column }), { clock });
  const shape = format === 'human' && hasColour ? 'coloured' : format;
  return { lines: createAccessLog({ format: shape, writer, clock }), writer };
}
