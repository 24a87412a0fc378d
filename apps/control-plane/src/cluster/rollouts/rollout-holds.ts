// SPDX-License-Identifier: Apache-2.0
import { createHoldingReader, GateKeeper, HoldConfiguration } from '@weir/kubernetes';
import type { ControlPlane } from '../../control-plane.ts';
import type { ClusterParts } from '../cluster-parts.ts';
import type { RunningWebhook } from '../webhook/start-webhook.ts';
import { gatedPods } from './gated-pods.ts';
import { heldDeployments } from './held-deployments.ts';

export interface RolloutHoldsParts extends Pick<ClusterParts, 'clock' | 'connection' | 'onNote' | 'options' | 'random'> {
  readonly controlPlane: Pick<ControlPlane, 'current'>;
  readonly webhook: Pick<RunningWebhook, 'caPem'>;
}

/** Holds Pods of new revisions back, as far as who leads has to do with it: API servers ask about them, and are told when it is over. */
export class RolloutHolds {
  private readonly configuration: HoldConfiguration;
  private readonly gates: GateKeeper;

  constructor(parts: RolloutHoldsParts) {
    const { connection, controlPlane, webhook, options } = parts;
    const service = { namespace: options.namespace, name: 'weir-webhook', path: '/hold', port: 443 };
    this.configuration = new HoldConfiguration({
      ...parts,
      deployments: () => heldDeployments(controlPlane.current.rollouts, options.namespace),
      clientConfig: () => ({ service, caBundle: Buffer.from(webhook.caPem()).toString('base64') }),
    });
    this.gates = new GateKeeper({
      ...parts,
      gated: () => gatedPods(controlPlane.current.documents),
      rolloutsOf: createHoldingReader(connection),
    });
  }

  /** This replica leads until `signal` aborts. */
  lead(signal: AbortSignal): void {
    this.configuration.lead(signal);
    this.gates.lead(signal);
  }

  /** Says that documents are others. */
  touch(): void {
    this.configuration.touch();
    this.gates.touch();
  }

  /** Whether a new revision of a Deployment is held back as soon as there is one; false where this replica does not lead. */
  isHeld(namespace: string, deployment: string): boolean {
    return this.configuration.isHeld(namespace, deployment);
  }
}
