// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from 'node:os';
import { systemClock } from '@weir/base';
import { adminSocketPath, openAdminDirectory, openAdminServer, openMetricsServer, openProbeServer } from '@weir/proxy';
import type { AppProbes, MetricsPlace, MetricsView, OperatorServer, PortAddress } from '@weir/proxy';
import type { Sidecar } from './sidecar.ts';
import type { SpanSink } from './span-sink.ts';

/** Where a sidecar answers probes, and the application's, by path. */
export interface SidecarProbing {
  readonly at: PortAddress;
  readonly probes: AppProbes;
}

/** What is opened for those who run a sidecar. */
export interface OperatorServersPlan {
  readonly metricsAt: MetricsPlace | undefined;
  /** Where an orchestrator asks how sidecar and application are; undefined = nowhere. */
  readonly probing: SidecarProbing | undefined;
  /** Addresses of this host at which the workload is called; absent = none is redirected. */
  readonly capture?: readonly string[] | undefined;
  readonly runtimeDirectory: string | undefined;
}

export interface OperatorServers {
  /** The port where it was given as 0; undefined = metrics are off. */
  readonly metricsAt: PortAddress | undefined;
  /** Unix socket of the admin side. */
  readonly adminPath: string;
  close(): Promise<void>;
}

/** From a sidecar's beginning on, as its application may have to be well before others call it. Throws ListenError. */
export async function openOperatorServers(
  plan: OperatorServersPlan,
  { sidecar, spans }: { readonly sidecar: Sidecar; readonly spans: SpanSink | undefined },
): Promise<OperatorServers> {
  await using opened = new AsyncDisposableStack();
  const keep = (server: OperatorServer | undefined): OperatorServer | undefined =>
    server && opened.adopt(server, one => one.close());
  const metrics = keep(plan.metricsAt && (await openMetricsServer(plan.metricsAt, withSpans(sidecar, spans))));
  keep(plan.probing && (await openProbes(plan.probing, { view: sidecar, capture: plan.capture })));
  const directory = await openAdminDirectory({ runtime: plan.runtimeDirectory, temporary: tmpdir() });
  const admin = await openAdminServer(adminSocketPath(directory, process.pid), sidecar);
  opened.defer(() => admin.close());
  const running = opened.move();
  return {
    metricsAt: metrics && { address: metrics.address, port: metrics.port },
    adminPath: admin.path,
    close: () => running.disposeAsync(),
  };
}

function withSpans(sidecar: Sidecar, spans: SpanSink | undefined): MetricsView {
  if (spans === undefined) return sidecar;
  return { readiness: () => sidecar.readiness(), metrics: async () => [...(await sidecar.metrics()), spans.dump()] };
}

function openProbes(
  { at, probes }: SidecarProbing,
  { view, capture = [] }: { readonly view: Sidecar } & Pick<OperatorServersPlan, 'capture'>,
): Promise<OperatorServer> {
  // Where calls are redirected here, the application may listen at the workload's address alone, which is this host's.
  return openProbeServer(at, { view, probes, clock: systemClock, addresses: ['127.0.0.1', '::1', ...capture] });
}
