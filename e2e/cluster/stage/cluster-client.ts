// SPDX-License-Identifier: Apache-2.0
import type { TestNamespace } from './test-namespace.ts';
import { clientPod } from './workload.ts';

/** A request that is tried again until it is answered as wanted. */
export interface Trial {
  /** Such as `http://10.96.0.7/orders`. */
  readonly url: string;
  /** Value of the Host field; that of the URL unless said. */
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is waited for; any answer unless said. */
  readonly status?: number;
  readonly timeoutMs?: number;
}

export interface TrialAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How often it was asked. */
  readonly attempts: number;
}

/** Asks from within the cluster, so that it does not matter from where a suite reaches it. */
export class ClusterClient {
  private readonly namespace: TestNamespace;
  private readonly pod: string;

  constructor(namespace: TestNamespace, pod: string) {
    this.namespace = namespace;
    this.pod = pod;
  }

  async ask(trial: Trial): Promise<TrialAnswer> {
    const words = ['exec', this.pod, '--container', 'app', '--', 'node', '/programs/client.mjs', JSON.stringify(trial)];
    return JSON.parse(await this.namespace.kubectl(words)) as TrialAnswer;
  }
}

/** Starts a client and waits for it. */
export async function startClient(namespace: TestNamespace, pod = 'client'): Promise<ClusterClient> {
  await namespace.apply(clientPod(pod));
  await namespace.hasCondition(`pod/${pod}`, 'Ready');
  return new ClusterClient(namespace, pod);
}
