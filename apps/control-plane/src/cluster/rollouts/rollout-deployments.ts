// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { DeploymentBook } from '@weir/kubernetes';
import type { ControlPlane } from '../../control-plane.ts';

export interface RolloutDeploymentsParts {
  readonly clock: Clock;
  readonly deployments: Pick<DeploymentBook, 'follow'>;
  readonly controlPlane: { readonly current: Pick<ControlPlane['current'], 'rollouts'> };
}

/** A Rollout is written by people: nobody waits for it longer than for its first look. */
const LOOK_MS = 500;

/** Has the Deployments of those namespaces followed that have Rollouts of Deployments, while this replica leads. */
export class RolloutDeployments {
  private readonly parts: RolloutDeploymentsParts;

  constructor(parts: RolloutDeploymentsParts) {
    this.parts = parts;
  }

  /** This replica leads until `signal` aborts; then nothing is followed any more. */
  lead(signal: AbortSignal): void {
    const { clock, deployments } = this.parts;
    const looks = clock.every(LOOK_MS, () => this.look());
    signal.addEventListener('abort', () => {
      looks.cancel();
      deployments.follow([]);
    });
    this.look();
  }

  private look(): void {
    const { controlPlane, deployments } = this.parts;
    const namespaces = [...controlPlane.current.rollouts.values()].flatMap(({ document }) =>
      document.spec.revisions.deployment === undefined ? [] : document.namespace,
    );
    deployments.follow(namespaces);
  }
}
