// SPDX-License-Identifier: Apache-2.0
import { findFreePorts, startUpstream, waitFor } from '@weir/testing';
import type { Child, TestDocument, Upstream } from '@weir/testing';
import { ControlPlaneStage } from '../../stage/control-plane-stage.ts';
import { forward, gateway, route, service } from '../../stage/documents.ts';
import { BothSides } from './both-sides.ts';
import type { SidePorts } from './both-sides.ts';
import { healthy, startRevision, withReady } from './revisions.ts';
import type { Behind, StartedRevision } from './revisions.ts';
import { NAMESPACE, StagedRollout } from './staged-rollout.ts';
import type { RevisionServices } from './staged-rollout.ts';
import type { LoadShape } from './steady-load.ts';

const SERVICE = 'catalogue';

export interface RolloutStageOptions {
  /** What is behind each revision, by the name of its Service; of the first two one is stable and one new. */
  readonly revisions: Readonly<Record<string, Behind>>;
  /** What is called; `catalogue`, unless it is another one. */
  readonly called?: string;
  /** Routes and what they need; the route to `catalogue`, unless they are others. */
  readonly documents?: readonly TestDocument[];
}

interface Started {
  readonly stage: ControlPlaneStage;
  /** By name, in their order. */
  readonly revisions: ReadonlyMap<string, StartedRevision>;
  readonly ports: SidePorts;
  readonly plain: Upstream;
}

/**
 * A control plane, a gateway in front of a Service with several revisions, and a sidecar that calls it, each a process of its own. Without a
 * Rollout the Service's own endpoint answers `plain`.
 */
export class RolloutStage implements AsyncDisposable {
  readonly stage: ControlPlaneStage;
  readonly ports: SidePorts;
  /** Of `catalogue`, from the first revision to the second. */
  readonly rollout: StagedRollout;
  private readonly started: Started;
  private controlPlane: Child | undefined;
  private gateway: Child | undefined;
  private sidecarChild: Child | undefined;

  private constructor(started: Started) {
    this.started = started;
    this.stage = started.stage;
    this.ports = started.ports;
    const [stable = '', candidate = ''] = started.revisions.keys();
    this.rollout = this.rolloutOf(SERVICE, { stable, candidate });
  }

  static async open({ revisions, called = SERVICE, documents }: RolloutStageOptions): Promise<RolloutStage> {
    const [edge = 0, mesh = 0] = await findFreePorts(2);
    const plain = await startUpstream(healthy('plain'));
    const started = new Map<string, StartedRevision>();
    for (const [name, behind] of Object.entries(revisions)) started.set(name, await startRevision(name, behind));
    const stage = await ControlPlaneStage.open([
      gateway('edge', [{ name: 'http', protocol: 'HTTP', port: edge }]),
      ...service(SERVICE, [plain.port]),
      ...[...started.values()].flatMap(revision => revision.documents),
      ...(documents ?? [route(SERVICE, [forward('/', SERVICE)])]),
      MESH,
    ]);
    const opened = new RolloutStage({ stage, revisions: started, ports: { edge, mesh }, plain });
    await opened.startControlPlane();
    opened.gateway = await stage.startGateway();
    const outbound = `127.0.0.1:${mesh}=${called}.${NAMESPACE}:80`;
    opened.sidecarChild = await stage.startSidecar(`${NAMESPACE}/caller`, ['--outbound', outbound]);
    return opened;
  }

  get sidecar(): Child {
    if (this.sidecarChild === undefined) throw new Error('the stage has no sidecar yet');
    return this.sidecarChild;
  }

  /** A Rollout of a Service, called like it. */
  rolloutOf(name: string, services: RevisionServices): StagedRollout {
    return new StagedRollout(this.stage, name, services);
  }

  load(shape?: LoadShape): BothSides {
    return new BothSides(this.ports, shape);
  }

  /** Has the endpoints of a revision be ready, or not. */
  async setReady(revision: string, isReady: boolean): Promise<void> {
    await this.stage.write(...withReady(this.started.revisions.get(revision)?.documents ?? [], isReady));
  }

  /** Another process in its place, which has not seen anything. */
  async restartGateway(): Promise<void> {
    await this.gateway?.stop('SIGKILL');
    this.gateway = await this.stage.startGateway();
  }

  async startControlPlane(): Promise<void> {
    this.controlPlane = await this.stage.startControlPlane();
  }

  /** Waits until both proxies are connected again: steps count without those that a new control plane has not heard of. */
  async hasReconnected(): Promise<void> {
    const isBack = async (): Promise<boolean> => {
      const { json } = await this.stage.askApi('/proxies');
      return (json as readonly unknown[]).length === 2;
    };
    await waitFor(isBack, { what: 'both proxies to connect again', timeoutMs: 30_000 });
  }

  async killControlPlane(): Promise<void> {
    await this.controlPlane?.stop('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
    const behind = [...this.started.revisions.values()].flatMap(({ upstream }) => upstream ?? []);
    await Promise.all([this.started.plain, ...behind].map(upstream => upstream[Symbol.asyncDispose]()));
  }
}

const MESH: TestDocument = {
  apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
  kind: 'XMesh',
  metadata: { name: 'mesh' },
  spec: { controllerName: 'weir.dev/mesh-controller' },
};
