// SPDX-License-Identifier: Apache-2.0
import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { reasonWords } from '@weir/base';
import { KubeConfig } from '@kubernetes/client-node';
import { AccessReviewer } from '../access/access-reviewer.ts';
import type { ResourceAccess } from '../access/access-reviewer.ts';
import { ApiConnection } from '../api/api-connection.ts';
import { ApiError } from '../api/cluster-api.ts';
import { forwardPort } from './forward-port.ts';
import type { PodPort } from './forward-port.ts';

/** No kubeconfig leads to a cluster; the message says what to do. */
export class NoClusterError extends Error {
  override readonly name = 'NoClusterError';
}

const TIMEOUT_MS = 15_000;
/** What the library falls back to where it finds no kubeconfig. */
const NOWHERE = 'http://localhost:8080';

/** What a person's command does in the cluster that the kubeconfig leads to, with that person's rights. */
export class ClusterClient implements Disposable {
  readonly connection: ApiConnection;
  /** Address of the API server. */
  readonly server: string;
  private readonly config: KubeConfig;

  private constructor(config: KubeConfig, server: string) {
    this.config = config;
    this.server = server;
    this.connection = new ApiConnection(config);
  }

  /** By `KUBECONFIG`, else ~/.kube/config, else as the Pod that this runs in. Throws NoClusterError. */
  static open(): ClusterClient {
    const config = loadConfig();
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new NoClusterError('the kubeconfig has no current context: kubectl config use-context NAME');
    if (server === NOWHERE) throw new NoClusterError('there is no kubeconfig: name one with KUBECONFIG, as for kubectl');
    return new ClusterClient(config, server);
  }

  /** What there is at a path; undefined = nothing. Throws ApiError, and other errors where the API server cannot be reached. */
  async read(path: string): Promise<unknown> {
    try {
      return JSON.parse(await this.connection.ask({ method: 'GET', path, signal: AbortSignal.timeout(TIMEOUT_MS) }));
    } catch (reason) {
      if (reason instanceof ApiError && reason.isNotFound) return undefined;
      throw reason;
    }
  }

  /** Sends an object, or a merge patch (RFC 7396) of one. Throws as `read`, and where there is nothing. */
  async send(method: 'DELETE' | 'PATCH' | 'POST', path: string, body?: object): Promise<unknown> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const sent = body === undefined ? {} : { body: JSON.stringify(body), contentType };
    return JSON.parse(await this.connection.ask({ method, path, ...sent, signal: AbortSignal.timeout(TIMEOUT_MS) }));
  }

  /** By which the API server knows who uses the kubeconfig; undefined = by a certificate, or otherwise. */
  async ownToken(): Promise<string | undefined> {
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    const given: unknown = Reflect.get(options.headers ?? {}, 'Authorization');
    return typeof given === 'string' ? /^Bearer +(\S+)$/i.exec(given)?.[1] : undefined;
  }

  /** Whether the user of the kubeconfig may do this. */
  mayI(access: ResourceAccess): Promise<boolean> {
    return new AccessReviewer(this.connection).mayI(access);
  }

  /** What time the API server says that it is, to a second; undefined = it does not say. */
  wallMs(): Promise<number | undefined> {
    return this.connection.wallMs(AbortSignal.timeout(TIMEOUT_MS));
  }

  /** Throws ForwardError. */
  forward(place: PodPort): Promise<Duplex> {
    return forwardPort(this.config, place);
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

function loadConfig(): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (cause) {
    const words = reasonWords(cause);
    throw new NoClusterError(`the kubeconfig cannot be read: ${words}`, { cause });
  }
  return config;
}
