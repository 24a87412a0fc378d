// SPDX-License-Identifier: Apache-2.0
import { startClient } from '../../stage/cluster-client.ts';
import type { ClusterClient } from '../../stage/cluster-client.ts';
import { startClusterLoad } from '../../stage/cluster-load.ts';
import type { LoadPlan } from '../../stage/cluster-load.ts';
import { ECHO_HOST, edgeGateway } from '../../stage/edge-documents.ts';
import type { Manifest } from '../../stage/manifest.ts';
import { INJECTED } from '../../stage/mesh-documents.ts';
import { ReportingProgram } from '../../stage/reporting-program.ts';
import { NodeKiller } from '../../stage/node-killer.ts';
import { isRolledOut } from '../../stage/rollout.ts';
import { openNamespace } from '../../stage/test-namespace.ts';
import type { TestNamespace } from '../../stage/test-namespace.ts';
import { BothLoads } from './both-loads.ts';
import { FollowedRollout } from './followed-rollout.ts';
import { deploymentRollout, revisionDeployment, revisionService } from './revision-workload.ts';

/** After each answer: the load is to be steady, and not all that the machine can do. */
const PAUSE_MS = 5;

/** Deployments behind a Gateway and in the mesh, with who calls them from outside and from inside. */
export class RolloutScene implements AsyncDisposable {
  readonly namespace: TestNamespace;
  readonly outside: TestNamespace;
  readonly edgeClient: ClusterClient;
  readonly edgeUrl: string;
  private readonly services: readonly string[];

  private constructor(
    scene: Pick<RolloutScene, 'edgeClient' | 'edgeUrl' | 'namespace' | 'outside'> & { services: readonly string[] },
  ) {
    ({ namespace: this.namespace, outside: this.outside, edgeClient: this.edgeClient, edgeUrl: this.edgeUrl } = scene);
    this.services = scene.services;
  }

  /** `services`: Deployments of revision `v1` with their Services; one route, at the edge and in the mesh, divides requests between them alike. */
  static async open(name: string, services: readonly string[] = ['catalogue']): Promise<RolloutScene> {
    const [namespace, outside] = await Promise.all([openNamespace(name, INJECTED), openNamespace(`${name}-outside`)]);
    const workloads = services.flatMap(service => [revisionService(service), revisionDeployment(first(service))]);
    await namespace.apply(...workloads, edgeGateway(), routeOf(services));
    const [edgeClient] = await Promise.all([startClient(outside), startClient(namespace)]);
    for (const service of services) await isRolledOut(service, name);
    const address = await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}');
    const edgeUrl = `http://${address}/`;
    await edgeClient.ask({ url: edgeUrl, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
    return new RolloutScene({ namespace, outside, edgeClient, edgeUrl, services });
  }

  /** Writes a Rollout, and waits until it knows what is stable and holds back what is not. */
  async begin(spec: object, [service = ''] = this.services): Promise<FollowedRollout> {
    await this.namespace.apply(deploymentRollout(service, spec));
    const rollout = new FollowedRollout(this.namespace, service);
    await rollout.comes('to know what is stable', ({ stable }) => stable !== undefined);
    return rollout;
  }

  /** Writes other fields of it. */
  async write(spec: object, [service = ''] = this.services): Promise<void> {
    await this.namespace.apply(deploymentRollout(service, spec));
  }

  /** Changes the template of a Deployment as its user does; `env`: of `revision.mjs`. */
  async offer(env: Readonly<Record<string, string>>, [name = ''] = this.services): Promise<void> {
    await this.namespace.apply(revisionDeployment({ name, env }));
  }

  /** Steady requests from outside and from inside, over so many connections at each side. */
  async load(concurrency = 4): Promise<BothLoads> {
    const [called = ''] = this.services;
    const shape = { concurrency, pauseMs: PAUSE_MS };
    const [edge, mesh] = await Promise.all([
      startClusterLoad(this.outside, { ...shape, url: this.edgeUrl, host: ECHO_HOST }),
      startClusterLoad(this.namespace, { ...shape, url: `http://${called}/` }),
    ]);
    return new BothLoads({ edge, mesh });
  }

  /** Has the sidecar of somebody who called once, and does nothing now, stand still until that is disposed of: it takes no step. */
  async freezeBystander(): Promise<AsyncDisposable> {
    const [called = ''] = this.services;
    const bystander = await startClient(this.namespace, 'bystander');
    await bystander.ask({ url: `http://${called}/`, status: 200 });
    const place = { namespace: this.namespace.name, pod: 'bystander' };
    const killer = await NodeKiller.start(this.outside, place);
    return killer.freeze({ ...place, container: 'weir-sidecar' });
  }

  /** Requests from outside that nobody answers, some at each revision, until they are given up. */
  holdRequests(): Promise<AsyncDisposable> {
    const plan: LoadPlan = { url: `${this.edgeUrl}held`, host: ECHO_HOST, concurrency: 12, timeoutMs: 300_000, isAbrupt: true };
    return ReportingProgram.start({ namespace: this.outside, pod: 'client' }, 'load.mjs', plan);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.namespace, this.outside].map(namespace => namespace[Symbol.asyncDispose]()));
  }
}

function first(name: string): Parameters<typeof revisionDeployment>[0] {
  return { name, env: { REVISION: 'v1' } };
}

/** Who calls the first of them in the mesh comes to all of them. */
function routeOf(services: readonly string[]): Manifest {
  const [called = ''] = services;
  const parentRefs = [{ name: 'edge' }, { group: '', kind: 'Service', name: called }];
  const rules = [{ backendRefs: services.map(name => ({ name, port: 80, weight: 1 })) }];
  const metadata = { name: 'all' };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata, spec: { parentRefs, rules } };
}
