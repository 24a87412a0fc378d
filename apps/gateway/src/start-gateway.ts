// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { systemClock } from '@weir/base';
import type { Problem } from '@weir/base';
import { createDirectorySource } from '@weir/policy/documents';
import type { Snapshot } from '@weir/policy/snapshot';
import { adminSocketPath, loadSocketCalls, openAdminDirectory, openAdminServer, openMetricsServer } from '@weir/proxy';
import type { AdminServer, LeaseOwner, PortAddress } from '@weir/proxy';
import type { SpanExporter } from '@weir/telemetry/span-export';
import { StartError } from './gateway-options.ts';
import type { GatewayOptions, TracingOptions } from './gateway-options.ts';
import { Gateway } from './gateway.ts';
import type { StopOptions } from './gateway.ts';
import type { PortState } from './port-set.ts';

/** A gateway that serves. */
export interface Running {
  /** The port where it was given as 0; undefined = metrics are off. */
  readonly metricsAt: PortAddress | undefined;
  /** Unix socket of the admin side. */
  readonly adminPath: string;
  /** What was wrong with the documents at the start. */
  readonly startProblems: readonly Problem[];
  /** Objects of other groups among the documents, which are none of Weir's business. */
  readonly ignoredCount: number;
  portStates(): readonly PortState[];
  snapshot(): Snapshot;
  /** Exports spans of others with those of the gateway; does nothing where there are no traces. */
  takeSpans(spans: Parameters<SpanExporter['take']>[0]): void;
  /** Ends in peace; resolves when nothing is left. */
  stop(options: StopOptions): Promise<void>;
}

/** libuv's own number of threads. */
const POOL_THREADS = 4;

/**
 * Starts a gateway on a directory of documents; resolves when it serves on all workers. Throws StartError where documents cannot be
 * read (unless `allowsPartial`) or ports cannot be listened on, ListenError where the metrics port cannot.
 */
export async function startGateway(options: GatewayOptions): Promise<Running> {
  // Each worker's access log may have one write in flight, and a terminal or pipe that nobody reads holds it for as long as it
  // likes: those threads come on top, so that reading files and hashing passwords never wait for a log. Before the pool's first use.
  process.env['UV_THREADPOOL_SIZE'] ??= String(POOL_THREADS + options.workerCount);
  const calls = await loadSocketCalls();
  if (calls === undefined) options.onEvent({ kind: 'note', text: ONE_WORKER_NOTE });
  const spans = options.tracing && (await openSpanExporter(options.tracing, options));
  const gateway = new Gateway({
    options,
    calls,
    owner: ownerOf(options),
    ticketKeysHex: randomBytes(TICKET_KEYS_BYTES).toString('hex'),
    spans,
  });
  const closing = new AsyncDisposableStack();
  try {
    const metrics = options.metricsAt && (await openMetricsServer(options.metricsAt, gateway));
    if (metrics !== undefined) closing.defer(() => metrics.close());
    const source = await createDirectorySource(options.directory, {
      clock: systemClock,
      onChange: content => gateway.change(content),
    });
    closing.defer(() => source.close());
    const { content } = source;
    refuseUnreadable(content.problems, options);
    // Before it says that it is ready: whoever waits for that may ask here at once.
    const admin = await openAdmin(gateway, options);
    closing.defer(() => admin.close());
    const startProblems = await gateway.start(content);
    return {
      metricsAt: metrics && { address: metrics.address, port: metrics.port },
      adminPath: admin.path,
      startProblems,
      ignoredCount: content.ignoredCount,
      portStates: () => gateway.portStates,
      snapshot: () => gateway.snapshot() ?? { version: 0, resources: new Map() },
      takeSpans: batch => spans?.take(batch),
      stop: async stopOptions => {
        await gateway.stop(stopOptions);
        await closing.disposeAsync();
      },
    };
  } catch (error) {
    await gateway.stop({ delayMs: 0, deadlineMs: 0 });
    await closing.disposeAsync();
    throw error;
  }
}

const ONE_WORKER_NOTE = 'this system cannot share listening sockets between threads: one worker carries all traffic';
/** What OpenSSL takes: name, HMAC key and AES key (RFC 5077 §4). */
const TICKET_KEYS_BYTES = 48;

/** Loaded only where spans are exported: it costs some 25 MB. */
async function openSpanExporter({ exportTo }: TracingOptions, options: GatewayOptions): Promise<SpanExporter> {
  const { createSpanExporter } = await import('@weir/telemetry/span-export');
  return createSpanExporter({
    settings: exportTo,
    clock: systemClock,
    onChanged: ({ reason }) => options.onEvent({ kind: 'span-export', url: exportTo.url, reason }),
  });
}

function ownerOf({ directory }: GatewayOptions): LeaseOwner {
  return { pid: process.pid, directory: resolve(directory), startedAt: new Date().toISOString() };
}

/** At a cold start there is no previous version to keep: half a policy must not pass for the whole. */
function refuseUnreadable(problems: readonly Problem[], { allowsPartial }: GatewayOptions): void {
  if (allowsPartial || problems.every(({ severity }) => severity !== 'error')) return;
  throw new StartError('some documents cannot be read', { problems });
}

async function openAdmin(gateway: Gateway, { runtimeDirectory }: GatewayOptions): Promise<AdminServer> {
  const directory = await openAdminDirectory({ runtime: runtimeDirectory, temporary: tmpdir() });
  return openAdminServer(adminSocketPath(directory, process.pid), gateway);
}
