// SPDX-License-Identifier: Apache-2.0
import type { ApiResources, RolloutView } from '@weir/control-plane';
import { openCluster } from '../cluster/open-cluster.ts';
import type { ApiRole } from '../cluster/api-token.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { findApi } from './api-access.ts';
import type { ApiFlags } from './api-options.ts';
import { ApiClient, ApiRefusal } from './api-client.ts';
import { mergeReports } from './merge-reports.ts';
import type { NamedObject } from './parse-object.ts';

type ObjectReport = ApiResources['object'];
type Proxy = ApiResources['proxy'];

/** A proxy, and the replica that it is connected to. */
export interface FoundProxy {
  readonly proxy: Proxy;
  readonly client: ApiClient;
}

/** The replicas of a control plane: one, unless it is in a cluster. Each knows of the proxies that are connected to it. */
export class ControlPlaneApi implements Disposable {
  /** Any of them: for what all of them know. */
  readonly first: ApiClient;
  private readonly clients: readonly [ApiClient, ...ApiClient[]];
  private readonly closing: DisposableStack;

  constructor(clients: readonly [ApiClient, ...ApiClient[]], closing: DisposableStack) {
    this.clients = clients;
    [this.first] = clients;
    this.closing = closing;
  }

  /** What proxies of all replicas have of an object; undefined = there is no such object. Throws CommandFailure. */
  async findObject(named: Pick<NamedObject, 'path'>): Promise<ObjectReport | undefined> {
    const found = await this.ofAll(client => client.ask<ObjectReport>(named).catch(undefinedWhereMissing));
    // A replica that has not heard of it yet gives it to its proxies in a moment.
    return found.includes(undefined) ? undefined : mergeReports(found.flatMap(report => report ?? []));
  }

  async objects(): Promise<readonly ObjectReport[]> {
    const all = await this.ofAll(client => client.ask<readonly ObjectReport[]>({ path: '/objects' }));
    return [...Map.groupBy(all.flat(), ({ key }) => key).values()].flatMap(reports => mergeReports(reports) ?? []);
  }

  async summary(): Promise<ApiResources['summary']> {
    const [first, ...others] = await this.ofAll(client => client.ask<ApiResources['summary']>({ path: '/summary' }));
    return { ...first!, proxyCount: others.reduce((count, { proxyCount }) => count + proxyCount, first!.proxyCount) };
  }

  /** Of what each replica has read; another one after a change. */
  async versions(): Promise<readonly number[]> {
    const all = await this.ofAll(client => client.ask<ApiResources['summary']>({ path: '/summary' }));
    return all.map(({ version }) => version);
  }

  async proxies(): Promise<readonly FoundProxy[]> {
    const all = await this.ofAll(async client => {
      const found = await client.ask<readonly Proxy[]>({ path: '/proxies' });
      return found.map(proxy => ({ proxy, client }));
    });
    return all.flat();
  }

  /** As the replica has them that leads. Throws CommandFailure. */
  rollouts(): Promise<readonly RolloutView[]> {
    return this.ofAny(client => client.ask<readonly RolloutView[]>({ path: '/rollouts' }));
  }

  /** Undefined = there is no such Rollout. Throws CommandFailure. */
  findRollout({ path }: Pick<NamedObject, 'path'>): Promise<RolloutView | undefined> {
    return this.ofAny(client => client.ask<RolloutView>({ path }).catch(undefinedWhereMissing));
  }

  [Symbol.dispose](): void {
    this.closing.dispose();
  }

  /** What the first one says that can: they ask each other. Throws what the first of all said where none can. */
  private async ofAny<Answer>(ask: (client: ApiClient) => Promise<Answer>): Promise<Answer> {
    const refusals: unknown[] = [];
    for (const client of this.clients) {
      try {
        return await ask(client);
      } catch (reason) {
        refusals.push(reason);
      }
    }
    throw refusals[0];
  }

  private ofAll<Answer>(ask: (client: ApiClient) => Promise<Answer>): Promise<Answer[]> {
    return Promise.all(this.clients.map(ask));
  }
}

/** Finds the control plane that the flags mean. Throws CommandFailure, which says what to do. */
export async function openApi(
  { state, cluster: isInCluster, namespace, role = 'viewer' }: ApiFlags & { readonly role?: ApiRole },
  terminal: Terminal,
): Promise<ControlPlaneApi> {
  using opening = new DisposableStack();
  if (!isInCluster) {
    const client = opening.use(new ApiClient(await findApi(state, terminal)));
    return new ControlPlaneApi([client], opening.move());
  }
  const cluster = opening.use(await openCluster());
  const { findClusterApis } = await import('../cluster/open-cluster-api.ts');
  const [first, ...others] = await findClusterApis(cluster, { namespace, role });
  const open = (access: typeof first): ApiClient => opening.use(new ApiClient(access));
  return new ControlPlaneApi([open(first), ...others.map(open)], opening.move());
}

function undefinedWhereMissing(reason: unknown): undefined {
  if (reason instanceof ApiRefusal && reason.status === 404) return undefined;
  throw reason;
}
