// SPDX-License-Identifier: Apache-2.0
import { createPodWitness, LeaderElection } from '@weir/kubernetes';
import type { ControlPlane } from '../control-plane.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { ClusterWrites } from './cluster-writes.ts';
import { doWhileLeading } from './duty.ts';
import { RolloutDeployments } from './rollouts/rollout-deployments.ts';
import { writingRelease } from './other-release.ts';
import { RolloutLead } from './rollouts/rollout-lead.ts';
import { RolloutHolds } from './rollouts/rollout-holds.ts';
import { createCaBundleDuty } from './webhook/ca-bundle-duty.ts';
import { createRetryDuty } from './webhook/retry-duty.ts';
import type { RunningWebhook } from './webhook/start-webhook.ts';

export interface ClusterLeadParts extends ClusterParts {
  readonly controlPlane: ControlPlane;
  readonly webhook: RunningWebhook;
}

/** By which replicas agree on who leads, in the namespace of the control plane. */
const LEASE = 'weir-control-plane';
/** A rotation goes on by itself: whom to believe is written as it stands then. */
const TICK_MS = 500;
/** Another release is rarely installed, and soon noticed. */
const LOOK_MS = 2_000;

/** What a control plane writes into its cluster, by the one replica that leads. */
export class ClusterLead {
  private readonly parts: ClusterLeadParts;
  private readonly writes: ClusterWrites;
  private readonly rollouts: RolloutLead;
  private readonly holds: RolloutHolds;
  private readonly election: LeaderElection;
  /** Namespace of the release that writes in place of this one. */
  private otherRelease: string | undefined;

  constructor(parts: ClusterLeadParts) {
    const { options, onNote } = parts;
    this.parts = parts;
    this.holds = new RolloutHolds(parts);
    this.writes = new ClusterWrites({ ...parts, onChanged: () => this.holds.touch() });
    this.rollouts = new RolloutLead({
      ...{ desk: parts.controlPlane.rollouts, store: parts.rolloutStore, onNote },
      isLeading: () => this.isLeading,
      documentOf: key => {
        const document = parts.controlPlane.current.documents.get(`Rollout/${key}`);
        return document?.unread === undefined ? document : undefined;
      },
    });
    this.election = new LeaderElection({
      ...{ ...parts, namespace: options.namespace, name: LEASE, identity: options.replica },
      witness: createPodWitness(parts.connection, options.namespace),
      onStartedLeading: signal => this.lead(signal),
      onStoppedLeading: () => onNote(`${options.replica} does not lead any more`),
    });
    parts.leadership.isLeading = () => this.isLeading;
    parts.holds.isHeld = (namespace, deployment) => this.holds.isHeld(namespace, deployment);
  }

  get isLeading(): boolean {
    return this.election.isLeading;
  }

  /** Runs for it until `stop`. */
  start(): void {
    void this.election.run();
  }

  /** Lets another replica lead. */
  stop(): Promise<void> {
    return this.election.stop();
  }

  private lead(signal: AbortSignal): void {
    const { clock } = this.parts;
    let writing: AbortController | undefined;
    const look = (): void => {
      const isOwn = this.mayWrite();
      if (isOwn && writing === undefined) {
        writing = new AbortController();
        this.write(AbortSignal.any([signal, writing.signal]));
      } else if (!isOwn) {
        writing?.abort(new Error('another release writes in this cluster'));
        writing = undefined;
      }
    };
    const looks = clock.every(LOOK_MS, look);
    signal.addEventListener('abort', () => looks.cancel());
    look();
  }

  /** Not where another release does: the two would write over each other for ever. */
  private mayWrite(): boolean {
    const { controlPlane, options, onNote } = this.parts;
    const other = writingRelease(controlPlane.current.documents, options.namespace);
    if (other !== this.otherRelease && other !== undefined) {
      onNote(
        `a GatewayClass says that the control plane of namespace ${other} writes statuses, Gateways and webhooks in this cluster, so this one in ${options.namespace} does not: uninstall one of the two, or change the annotation weir.dev/control-plane-namespace`,
      );
    }
    this.otherRelease = other;
    return other === undefined;
  }

  private write(signal: AbortSignal): void {
    const { clock, options, onNote } = this.parts;
    onNote(`${options.replica} leads: it writes what is told in the cluster`);
    this.writes.lead(signal);
    new RolloutDeployments(this.parts).lead(signal);
    this.rollouts.lead(signal);
    this.holds.lead(signal);
    const looks = clock.every(TICK_MS, () => this.writes.tick());
    signal.addEventListener('abort', () => looks.cancel());
    doWhileLeading(createCaBundleDuty(this.parts), signal, onNote);
    doWhileLeading(createRetryDuty(this.parts.connection, onNote), signal, onNote);
  }
}
