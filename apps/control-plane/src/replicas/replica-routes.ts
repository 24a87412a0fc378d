// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError } from '@connectrpc/connect';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { ReplicaService } from '@weir/sync/messages';
import { PEER } from '@weir/sync/server';
import { CONTROL_PLANE_PEER } from '../identity/identity-names.ts';
import { acksToWire } from './acks-wire.ts';
import type { AcksSource } from './acks-wire.ts';
import { MAX_OBJECTS } from './replica-circle.ts';
import type { OwnRollouts } from './rollouts/own-rollouts.ts';
import { answerToWire, rolloutsToWire, wishFromWire } from './rollouts/rollouts-wire.ts';
import type { SplitLog } from './splits/split-log.ts';
import { splitsToWire } from './splits/splits-wire.ts';
import type { TrustWatch } from './trust-watch.ts';
import { trustToWire } from './trust-wire.ts';

/** 500 names of objects have 300 KB. */
const MAX_REQUEST_BYTES = 1_048_576;

export interface ReplicaAnswers {
  readonly acks: AcksSource;
  readonly trust: Pick<TrustWatch, 'tell'>;
  readonly splits: Pick<SplitLog, 'since'>;
  readonly rollouts: Pick<OwnRollouts, 'request' | 'views'>;
}

/** What this replica tells others, as a service of a Connect router; nobody but a control plane is told. */
export function replicaRoutes({ acks, trust, splits, rollouts }: ReplicaAnswers): (router: ConnectRouter) => void {
  return router => {
    router.service(
      ReplicaService,
      {
        acks: ({ objects }, context) => {
          assertReplica(context);
          if (objects.length > MAX_OBJECTS) throw new ConnectError(`at most ${MAX_OBJECTS} objects`, Code.InvalidArgument);
          return acksToWire(objects, acks);
        },
        trust: (question, context) => {
          assertReplica(context);
          return trustToWire(trust.tell(question));
        },
        splits: ({ instance, position }, context) => {
          assertReplica(context);
          return splitsToWire(splits.since({ instance, position: Number(position) }));
        },
        rollouts: ({ rollout }, context) => {
          assertReplica(context);
          return rolloutsToWire(rollouts.views(rollout === '' ? undefined : rollout));
        },
        requestRollout: async (wanted, context) => {
          assertReplica(context);
          const wish = wishFromWire(wanted);
          if (wish === undefined) throw new ConnectError('there is no such verb here', Code.Unimplemented);
          return answerToWire(await rollouts.request(wish));
        },
      },
      { readMaxBytes: MAX_REQUEST_BYTES },
    );
  };
}

function assertReplica({ values }: HandlerContext): void {
  if (values.get(PEER) !== CONTROL_PLANE_PEER) {
    throw new ConnectError('this is for control planes of the mesh', Code.PermissionDenied);
  }
}
