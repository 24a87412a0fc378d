// SPDX-License-Identifier: Apache-2.0
import type { ApiResources } from '@weir/control-plane';
import type { ControlPlaneWords } from '../cluster/check/check-cluster.ts';
import type { Finding } from '../cluster/check/finding.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { openApi } from '../control-plane/control-plane-api.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What `weir check --cluster` finds, and as text. Throws CommandFailure where the cluster cannot be asked. */
export async function findingsOfCluster(
  namespace: string,
  terminal: Terminal,
): Promise<{ readonly findings: readonly Finding[]; readonly text: string }> {
  using cluster = await openCluster();
  const { checkCluster } = await import('../cluster/check/check-cluster.ts');
  const { renderFindings } = await import('../cluster/check/finding.ts');
  const { told } = await import('../cluster/open-cluster-api.ts');
  const ask = (): Promise<ControlPlaneWords> => askControlPlane(namespace, terminal);
  const findings = await told(checkCluster({ cluster, namespace, ask, nowMs: () => Date.now() }));
  return { findings, text: renderFindings(findings, terminal.out.paint) };
}

async function askControlPlane(namespace: string, terminal: Terminal): Promise<ControlPlaneWords> {
  using api = await openApi({ state: '', cluster: true, namespace }, terminal);
  const [identity, summary, proxies] = await Promise.all([
    api.first.ask<ApiResources['identity']>({ path: '/identity' }),
    api.summary(),
    api.proxies(),
  ]);
  return { identity, proxies: proxies.map(({ proxy }) => proxy.proxy), errorCount: summary.errorCount };
}
