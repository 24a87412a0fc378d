// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError } from '@connectrpc/connect';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { ReplicaService } from '@weir/sync/messages';
import { PEER } from '@weir/sync/server';
import { CONTROL_PLANE_PEER } from '../identity/identity-names.ts';
import { acksToWire } from './acks-wire.ts';
import type { AcksSource } from './acks-wire.ts';
import { MAX_OBJECTS } from './replica-circle.ts';
import type { TrustWatch } from './trust-watch.ts';
import { trustToWire } from './trust-wire.ts';

/** 500 names of objects have 300 KB. */
const MAX_REQUEST_BYTES = 1_048_576;

export interface ReplicaAnswers {
  readonly acks: AcksSource;
  readonly trust: Pick<TrustWatch, 'tell'>;
}

/** What this replica tells others, as a service of a Connect router; nobody but a control plane is told. */
export function replicaRoutes({ acks, trust }: ReplicaAnswers): (router: ConnectRouter) => void {
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
