// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream';
import { ForwardError } from '@weir/kubernetes';
import type { PodPort, ResourceAccess } from '@weir/kubernetes';
import type { ClusterReads } from './cluster-reads.ts';

/** A cluster of a test: what there is at each path, and what was sent. */
export class ScriptedCluster implements ClusterReads {
  /** By path, without the query; an Error is what the API server answers with. */
  readonly objects = new Map<string, unknown>();
  /** METHOD PATH, with what was sent. */
  readonly sent: { readonly request: string; readonly body: unknown }[] = [];
  /** Answers to what is sent, by METHOD PATH. */
  readonly answers = new Map<string, unknown>();
  token: string | undefined;
  /** Time of the API server. */
  timeMs: number | undefined = 0;
  /** Rights that one has not, as VERB RESOURCE. */
  readonly forbidden = new Set<string>();

  read(path: string): Promise<unknown> {
    return given(this.objects.get(path.split('?')[0] ?? ''));
  }

  send(method: 'DELETE' | 'PATCH' | 'POST', path: string, body?: object): Promise<unknown> {
    const request = `${method} ${path}`;
    this.sent.push({ request, body });
    return given(this.answers.get(request));
  }

  ownToken(): Promise<string | undefined> {
    return Promise.resolve(this.token);
  }

  wallMs(): Promise<number | undefined> {
    return Promise.resolve(this.timeMs);
  }

  mayI({ verb, resource }: ResourceAccess): Promise<boolean> {
    return Promise.resolve(!this.forbidden.has(`${verb} ${resource}`));
  }

  forward({ namespace, pod }: PodPort): Promise<Duplex> {
    return Promise.reject(new ForwardError(`${namespace}/${pod}: Unexpected server response: 403`, 403));
  }
}

function given(value: unknown): Promise<unknown> {
  return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
}
