// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { systemClock } from '@weir/base';
import { adminSocketPath, loadSocketCalls, openAdminDirectory, openAdminServer } from '@weir/proxy';
import type { AdminServer, AdminView } from '@weir/proxy';
import type { SpanExporter } from '@weir/telemetry/span-export';
import { Edge } from './edge.ts';
import type { EdgeOptions, TracingOptions } from './edge-options.ts';

/** libuv's own number of threads. */
const POOL_THREADS = 4;
/** What OpenSSL takes: name, HMAC key and AES key (RFC 5077 §4). */
const TICKET_KEYS_BYTES = 48;
const ONE_WORKER_NOTE = 'this system cannot share listening sockets between threads: one worker carries all traffic';

/** Makes the edge of this process, before anything uses the pool of threads. `place`: what others are told who find a port taken. */
export async function openEdge(options: EdgeOptions, place: string): Promise<Edge> {
  // Each worker's access log may have one write in flight, and a terminal or pipe that nobody reads holds it for as long as it
  // likes: those threads come on top, so that reading files and hashing passwords never wait for a log. Before the pool's first use.
  process.env['UV_THREADPOOL_SIZE'] ??= String(POOL_THREADS + options.workerCount);
  const calls = await loadSocketCalls();
  if (calls === undefined) options.onEvent({ kind: 'note', text: ONE_WORKER_NOTE });
  return new Edge({
    options,
    calls,
    owner: { pid: process.pid, directory: place, startedAt: new Date().toISOString() },
    ticketKeysHex: randomBytes(TICKET_KEYS_BYTES).toString('hex'),
    spans: options.tracing && (await openSpanExporter(options.tracing, options)),
  });
}

/** The admin side, on the socket of this process. */
export async function openAdmin(view: AdminView, { runtimeDirectory }: EdgeOptions): Promise<AdminServer> {
  const directory = await openAdminDirectory({ runtime: runtimeDirectory, temporary: tmpdir() });
  return openAdminServer(adminSocketPath(directory, process.pid), view);
}

/** Loaded only where spans are exported: it costs some 25 MB. */
async function openSpanExporter({ exportTo }: TracingOptions, options: EdgeOptions): Promise<SpanExporter> {
  const { createSpanExporter } = await import('@weir/telemetry/span-export');
  return createSpanExporter({
    settings: exportTo,
    clock: systemClock,
    onChanged: ({ reason }) => options.onEvent({ kind: 'span-export', url: exportTo.url, reason }),
  });
}
