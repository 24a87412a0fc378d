// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import type { ClusterLoadReport, LoadPlan, RunningLoad } from './cluster-load.ts';
import type { TestNamespace } from './test-namespace.ts';
import { loadPod } from './workload.ts';

const END = "process.kill(1, 'SIGTERM')";

/** A load that is a pod's own program, so that it goes on while neither the API server nor the kubelet is there. */
export class PodLoad implements RunningLoad {
  private readonly namespace: TestNamespace;
  private readonly pod: string;

  constructor(namespace: TestNamespace, pod: string) {
    this.namespace = namespace;
    this.pod = pod;
  }

  /** What came of it so far. Rejects while its pod's log cannot be read. */
  async report(): Promise<ClusterLoadReport> {
    const line = await this.namespace.kubectl(['logs', this.pod, '--container', 'app', '--tail', '1']);
    return JSON.parse(line) as ClusterLoadReport;
  }

  async goesOnFor(requests: number): Promise<void> {
    const { requests: before } = await this.report();
    const hasGoneOn = async (): Promise<boolean> => (await this.report()).requests >= before + requests;
    await waitFor(hasGoneOn, { what: `${requests} more requests of ${this.pod} after ${before}`, timeoutMs: 30_000 });
  }

  async stop(): Promise<ClusterLoadReport> {
    const report = await this.end();
    await this[Symbol.asyncDispose]();
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.namespace.kubectl(['delete', 'pod', this.pod, '--ignore-not-found', '--wait=false']);
  }

  private async end(): Promise<ClusterLoadReport> {
    await this.namespace.kubectl(['exec', this.pod, '--container', 'app', '--', 'node', '--eval', END]);
    await this.namespace.waitForField(`pod/${this.pod}`, '{.status.containerStatuses[0].state.terminated.reason}');
    return this.report();
  }
}

/** Begins with a load in a pod of its own, which has a sidecar where its namespace says so. */
export async function startPodLoad(namespace: TestNamespace, pod: string, plan: LoadPlan): Promise<PodLoad> {
  await namespace.apply(loadPod(pod, plan));
  const load = new PodLoad(namespace, pod);
  const isRunning = async (): Promise<boolean> => (await load.report()).requests > 0;
  await waitFor(isRunning, { what: `the first request of ${pod}`, timeoutMs: 60_000 });
  return load;
}
