// SPDX-License-Identifier: Apache-2.0
import type { TestNamespace } from './test-namespace.ts';
import type { Trial } from './trial.ts';
import { clientPod } from './workload.ts';

export interface TrialAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** SHA-256 fingerprint of the certificate that was shown, where the URL is `https:`. */
  readonly certificate?: string;
  /** How often it was asked. */
  readonly attempts: number;
}

/** Asks from within the cluster, so that it does not matter from where a suite reaches it. */
export class ClusterClient {
  private readonly namespace: TestNamespace;
  private readonly pod: string;

  /** `pod`: its name, or `deployment/NAME` for one of a Deployment. */
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
