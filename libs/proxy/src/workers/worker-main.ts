// SPDX-License-Identifier: Apache-2.0
import { parentPort, workerData } from 'node:worker_threads';
import { createTrafficWorker } from './create-traffic-worker.ts';
import { serveMessages } from './serve-messages.ts';
import type { FromWorker, WorkerInit } from './worker-messages.ts';

// The entry of a worker thread.

if (parentPort === null) throw new Error('worker-main is the entry of a worker thread; start it with a WorkerPool');
const port = parentPort;
const worker = createTrafficWorker(workerData as WorkerInit, {
  sendSpans: spans => port.postMessage({ spans } satisfies FromWorker),
});
serveMessages(port, message => worker.handle(message));
