// SPDX-License-Identifier: Apache-2.0
import { createPodWitness, LeaderElection } from '@weir/kubernetes';
import type { ControlPlane } from '../control-plane.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { ClusterWrites } from './cluster-writes.ts';
import { doWhileLeading } from './duty.ts';
import type { Duty } from './duty.ts';
import { fillCaBundles } from './webhook/fill-ca-bundles.ts';
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

/** What a control plane writes into its cluster, by the one replica that leads. */
export class ClusterLead {
  private readonly parts: ClusterLeadParts;
  private readonly writes: ClusterWrites;
  private readonly election: LeaderElection;

  constructor(parts: ClusterLeadParts) {
    const { options, onNote } = parts;
    this.parts = parts;
    this.writes = new ClusterWrites(parts);
    this.election = new LeaderElection({
      ...{ ...parts, namespace: options.namespace, name: LEASE, identity: options.replica },
      witness: createPodWitness(parts.connection, options.namespace),
      onStartedLeading: signal => this.lead(signal),
      onStoppedLeading: () => onNote(`${options.replica} does not lead any more`),
    });
    parts.leadership.isLeading = () => this.isLeading;
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
    const { clock, options, onNote } = this.parts;
    onNote(`${options.replica} leads: it writes what is told in the cluster`);
    this.writes.lead(signal);
    const looks = clock.every(TICK_MS, () => this.writes.tick());
    signal.addEventListener('abort', () => looks.cancel());
    doWhileLeading(this.caBundles(), signal, onNote);
    doWhileLeading(createRetryDuty(this.parts.connection, onNote), signal, onNote);
  }

  /** Whom API servers believe; it is another text when the webhooks have another root. */
  private caBundles(): Duty {
    const { connection, webhook } = this.parts;
    const names = { mutating: 'weir-injection', validating: 'weir-validation' };
    return {
      name: 'the webhooks cannot be made known',
      run: async signal => {
        await fillCaBundles({ connection, names, caPem: webhook.caPem(), signal });
      },
    };
  }
}
