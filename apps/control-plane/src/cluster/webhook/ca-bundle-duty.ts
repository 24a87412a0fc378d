// SPDX-License-Identifier: Apache-2.0
import type { ClusterParts } from '../cluster-parts.ts';
import type { Duty } from '../duty.ts';
import { fillCaBundles } from './fill-ca-bundles.ts';
import type { RunningWebhook } from './start-webhook.ts';

export interface CaBundleDutyParts extends Pick<ClusterParts, 'connection' | 'options'> {
  readonly webhook: Pick<RunningWebhook, 'caPem'>;
}

/** A configuration that somebody made anew, as `helm upgrade` with other values does, is one that no Pod with a sidecar is made by. */
const AGAIN_MS = 5_000;

/** Names of the chart's configurations. */
const NAMES = { mutating: 'weir-injection', validating: 'weir-validation' };

/**
 * Whom API servers believe; it is another text when the webhooks have another root. A replica does it before it is ready, too: where it does not
 * lead yet, as the lease of a release that was taken out has not ended, an API server that finds it at the Service would not believe it.
 */
export function createCaBundleDuty({ connection, options, webhook }: CaBundleDutyParts): Duty {
  return {
    name: 'the webhooks cannot be made known',
    againMs: AGAIN_MS,
    run: async signal => {
      await fillCaBundles({ connection, names: NAMES, namespace: options.namespace, caPem: webhook.caPem(), signal });
    },
  };
}
