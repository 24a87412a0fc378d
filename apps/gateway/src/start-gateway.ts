// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path';
import { systemClock } from '@weir/base';
import type { Problem } from '@weir/base';
import { createDirectorySource } from '@weir/policy/documents';
import type { Snapshot } from '@weir/policy/snapshot';
import { openMetricsServer } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';
import type { Edge } from './edge.ts';
import { StartError } from './edge-options.ts';
import type { StopOptions } from './edge-options.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { Gateway } from './gateway.ts';
import { openAdmin, openEdge } from './open-edge.ts';
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
  takeSpans(spans: Parameters<Edge['takeSpans']>[0]): void;
  /** Ends in peace; resolves when nothing is left. */
  stop(options: StopOptions): Promise<void>;
}

/**
 * Starts a gateway on a directory of documents; resolves when it serves on all workers. Throws StartError where documents cannot be
 * read (unless `allowsPartial`) or ports cannot be listened on, ListenError where the metrics port cannot.
 */
export async function startGateway(options: GatewayOptions): Promise<Running> {
  const edge = await openEdge(options, resolve(options.directory));
  const gateway = new Gateway(options, edge);
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
      takeSpans: batch => edge.takeSpans(batch),
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

/** At a cold start there is no previous version to keep: half a policy must not pass for the whole. */
function refuseUnreadable(problems: readonly Problem[], { allowsPartial }: GatewayOptions): void {
  if (allowsPartial || problems.every(({ severity }) => severity !== 'error')) return;
  throw new StartError('some documents cannot be read', { problems });
}
