// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { waitFor } from '@weir/testing';
import type { ClusterLoadReport } from './cluster-load.ts';
import type { TestNamespace } from './test-namespace.ts';

/** A load that a Deployment's pods are: as one takes the place of another, so does its load, and what each says is kept. */
export class FollowedLoad implements AsyncDisposable {
  private readonly namespace: TestNamespace;
  private readonly app: string;
  /** By name of a pod: a log ends with its pod. */
  private readonly logs = new Map<string, Promise<unknown>>();
  private readonly latest = new Map<string, ClusterLoadReport>();

  constructor(namespace: TestNamespace, app: string) {
    this.namespace = namespace;
    this.app = app;
  }

  /** Waits until the pods that there are now have asked so much more. */
  async goesOnFor(requests: number): Promise<void> {
    await this.follow();
    const before = this.total();
    const hasGoneOn = (): boolean => this.total() >= before + requests;
    await waitFor(hasGoneOn, { what: `${requests} more requests of ${this.app} after ${before}`, timeoutMs: 30_000 });
  }

  /** Ends it, and says what came of each pod's requests. */
  async stop(): Promise<readonly ClusterLoadReport[]> {
    await this.namespace.kubectl(['delete', 'deployment', this.app, '--ignore-not-found']);
    await Promise.all(this.logs.values());
    return [...this.latest.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private total(): number {
    return [...this.latest.values()].reduce((sum, { requests }) => sum + requests, 0);
  }

  private async follow(): Promise<void> {
    const words = ['get', 'pods', '--selector', `app=${this.app}`, '--output', 'jsonpath={.items[*].metadata.name}'];
    for (const pod of (await this.namespace.kubectl(words)).split(' ').filter(Boolean)) {
      if (!this.logs.has(pod)) this.logs.set(pod, this.followPod(pod));
    }
  }

  private followPod(pod: string): Promise<unknown> {
    const words = ['--namespace', this.namespace.name, 'logs', pod, '--container', 'app', '--follow'];
    const log = spawn('kubectl', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: log.stdout }).on('line', line => {
      this.latest.set(pod, JSON.parse(line) as ClusterLoadReport);
    });
    return once(log, 'close');
  }
}

/** Follows what a Deployment of `loadDeployment` does, from its pods of now on. */
export async function followLoad(namespace: TestNamespace, app: string): Promise<FollowedLoad> {
  const load = new FollowedLoad(namespace, app);
  await load.goesOnFor(100);
  return load;
}
