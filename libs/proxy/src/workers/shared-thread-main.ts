// SPDX-License-Identifier: Apache-2.0
import { parentPort } from 'node:worker_threads';
import { createTrafficWorker } from './create-traffic-worker.ts';
import { serveMessages } from './serve-messages.ts';
import type { SharedWorkerStart } from './shared-thread.ts';
import type { FromWorker } from './worker-messages.ts';

// The entry of a thread that many workers share.

if (parentPort === null) throw new Error('shared-thread-main is the entry of a worker thread; start it with a SharedThread');
parentPort.on('message', ({ init, port }: SharedWorkerStart) => {
  const worker = createTrafficWorker(init, { sendSpans: spans => port.postMessage({ spans } satisfies FromWorker) });
  let isDrained = false;
  serveMessages(port, message => {
    isDrained ||= message.kind === 'drain';
    return worker.handle(message);
  });
  // Its pool has ended it: at once, unless in peace before.
  port.once('close', () => {
    if (!isDrained) void worker.handle({ id: 0, kind: 'drain', body: { patienceMs: 0, queuePatienceMs: 0 } });
  });
});
