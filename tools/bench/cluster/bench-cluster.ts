// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { connectToCluster } from '@weir/kubernetes';
import { placeOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const TIMEOUT_MS = 60_000;
/** Requests to the API server at a time, where many objects are made. */
const CONCURRENCY = 16;

/** The cluster that the kubeconfig leads to, with what a measurement makes there. */
export class BenchCluster implements Disposable {
  private readonly connection = connectToCluster();

  /** Throws ApiError, also where it exists. */
  async create(manifest: Manifest): Promise<void> {
    await this.ask('POST', placeOf(manifest).collection, manifest);
  }

  /** Many, in no order. */
  async createAll(manifests: readonly Manifest[]): Promise<void> {
    const waiting = manifests.values();
    const work = async (): Promise<void> => {
      for (const manifest of waiting) await this.create(manifest);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }

  /** Merges fields (RFC 7396) into the object of a manifest's name. */
  async change(manifest: Manifest, fields: object): Promise<void> {
    await this.ask('PATCH', placeOf(manifest).object, fields);
  }

  async read(manifest: Manifest): Promise<unknown> {
    return JSON.parse(await this.ask('GET', placeOf(manifest).object));
  }

  /** Text of a page of a pod, through the API server. */
  page(pod: { readonly namespace: string; readonly name: string }, portAndPath: string): Promise<string> {
    const [port = '', path = ''] = portAndPath.split(/(?=\/)(.*)/s);
    return this.ask('GET', `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}:${port}/proxy${path}`);
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }

  private ask(method: 'GET' | 'PATCH' | 'POST', path: string, content?: object): Promise<string> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const sent = content === undefined ? {} : { body: JSON.stringify(content), contentType };
    return this.connection.ask({ method, path, ...sent, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }
}

/** Output of kubectl. Throws with what it said where it fails. */
export function kubectl(...words: readonly string[]): string {
  return execFileSync('kubectl', words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

/** Names of the pods that a selector takes. */
export function podsOf(namespace: string, selector: string): readonly string[] {
  const path = 'jsonpath={.items[*].metadata.name}';
  return kubectl('get', 'pods', '-n', namespace, '-l', selector, '-o', path).split(' ').filter(Boolean);
}

/** Resident memory of all processes of a pod's first container, in bytes. */
export function readPodRssBytes(namespace: string, pod: string): number {
  // The shell that reads it is there, too, and small.
  const text = kubectl('exec', '-n', namespace, pod, '--', 'sh', '-c', 'cat /proc/[0-9]*/status');
  return [...text.matchAll(/^VmRSS:\s+(\d+) kB$/gm)].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0);
}
