// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import { text as readText } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { errorFrom, pageFrom, watchEventFrom } from './api-answer.ts';
import { collectionPath } from './cluster-api.ts';
import type { ApiResource, ClusterReader, ObjectPage, WatchRequest } from './cluster-api.ts';

export interface ApiRequest {
  readonly method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly signal: AbortSignal;
  /** Silence after which it has failed. */
  readonly timeoutMs?: number;
}

/** To where the kubeconfig leads (`KUBECONFIG`, else ~/.kube/config), else to the cluster that this Pod runs in. Throws where it cannot be read. */
export function connectToCluster(): ApiConnection {
  const config = new KubeConfig();
  config.loadFromDefault();
  return new ApiConnection(config);
}

const TIMEOUT_MS = 30_000;
/** A watch is silent between bookmarks, which come about once a minute. */
const WATCH_GRACE_MS = 15_000;

/** The API server that a kubeconfig names; who asks is proved as it says there, also by tokens that are renewed and by plugins. */
export class ApiConnection implements ClusterReader {
  private readonly config: KubeConfig;
  private readonly agent = new Agent({ keepAlive: true });

  constructor(config: KubeConfig) {
    this.config = config;
  }

  async list(
    resource: ApiResource,
    { limit, next, signal }: { readonly limit: number; readonly next: string | undefined; readonly signal: AbortSignal },
  ): Promise<ObjectPage> {
    const query = new URLSearchParams({
      ...selectorOf(resource),
      limit: String(limit),
      ...(next === undefined ? {} : { continue: next }),
    });
    return pageFrom(await this.ask({ method: 'GET', path: `${collectionPath(resource)}?${query.toString()}`, signal }));
  }

  async watch(resource: ApiResource, { resourceVersion, timeoutSeconds, signal, onEvent }: WatchRequest): Promise<void> {
    const query = new URLSearchParams({
      ...selectorOf(resource),
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(timeoutSeconds),
      resourceVersion,
    });
    const timeoutMs = timeoutSeconds * 1000 + WATCH_GRACE_MS;
    const response = await this.send({
      method: 'GET',
      path: `${collectionPath(resource)}?${query.toString()}`,
      signal,
      timeoutMs,
    });
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
      if (line !== '') onEvent(watchEventFrom(line));
    }
    if (!response.complete) throw new Error('the watch broke off');
  }

  /** The text of a successful answer. Throws ApiError for any other. */
  async ask(asked: ApiRequest): Promise<string> {
    return readText(await this.send(asked));
  }

  /** What time the API server says that it is, to a second (RFC 9110 §6.6.1); undefined = it does not say. */
  async wallMs(signal: AbortSignal): Promise<number | undefined> {
    const response = await this.send({ method: 'GET', path: '/version', signal });
    response.resume();
    const timeMs = Date.parse(response.headers.date ?? '');
    return Number.isNaN(timeMs) ? undefined : timeMs;
  }

  /** Ends idle connections. */
  close(): void {
    this.agent.destroy();
  }

  private async send({ method, path, body, contentType, signal, timeoutMs = TIMEOUT_MS }: ApiRequest): Promise<IncomingMessage> {
    const cluster = this.config.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig names no cluster');
    const options: Omit<RequestOptions, 'headers'> & { readonly headers?: OutgoingHttpHeaders } = {};
    await this.config.applyToHTTPSOptions(options);
    const { hostname, port, protocol, pathname } = new URL(cluster.server);
    // The library's own agent connects anew for each request; it is needed where there is a proxy on the way.
    const agent = cluster.proxyUrl === undefined && protocol === 'https:' ? this.agent : options.agent;
    const type = contentType === undefined ? {} : { 'content-type': contentType };
    const headers = { accept: 'application/json', ...options.headers, ...type };
    const sent = (protocol === 'https:' ? request : requestPlain)({
      ...options,
      ...{ hostname, port, method, signal, agent, headers },
      path: `${pathname.replace(/\/$/, '')}${path}`,
      timeout: timeoutMs,
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer of the API server in ${timeoutMs / 1000} s`)));
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw errorFrom(statusCode, await readText(response));
  }
}

function selectorOf({ labelSelector, fieldSelector }: ApiResource): Readonly<Record<string, string>> {
  return { ...(labelSelector === undefined ? {} : { labelSelector }), ...(fieldSelector === undefined ? {} : { fieldSelector }) };
}
