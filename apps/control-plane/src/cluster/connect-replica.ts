// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import type { Client } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { peerCheck } from '@weir/identity';
import { openSession } from '@weir/sync/client';
import { ReplicaService } from '@weir/sync/messages';
import { controlPlaneIdentity } from '../identity/identity-names.ts';
import { acksFromWire } from '../replicas/acks-wire.ts';
import type { ReplicaLink, ReplicaTls } from '../replicas/replica-link.ts';
import { answerFromWire, rolloutsFromWire } from '../replicas/rollouts/rollouts-wire.ts';
import { SharedLine } from '../replicas/shared-line.ts';
import { splitsFromWire } from '../replicas/splits/splits-wire.ts';
import { trustFromWire } from '../replicas/trust-wire.ts';
import type { SocketPlace } from '../start-options.ts';

/** A replica that is stuck is found out, and its connection made anew. */
const TIMEOUTS = { connectTimeoutMs: 2_000, pingIntervalMs: 10_000, pingTimeoutMs: 5_000 };
/** Above what an answer about 100,000 proxies has. */
const MAX_MESSAGE_BYTES = 33_554_432;
/** No name of a host stands in certificates of the mesh; who the other one is, is checked by its identity. */
const SERVER_NAME = 'control-plane.weir';

/** A connection as it was made with one certificate. */
interface Line {
  readonly cert: string;
  readonly client: Client<typeof ReplicaService>;
  close(): void;
}

/** The way to another replica: where proxies connect, each side with the certificate of a control plane. */
export function connectReplica(
  { address, port }: SocketPlace,
  as: { readonly trustDomain: string; readonly tls: ReplicaTls },
): ReplicaLink {
  const url = `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const line = new SharedLine({ open: () => openLine(url, as), isFresh: ({ cert }) => cert === as.tls().cert });
  return {
    acks: (objects, signal) =>
      line.call(async ({ client }) =>
        acksFromWire(await client.acks({ objects: objects.map(object => ({ ...object })) }, { signal })),
      ),
    trust: (question, signal) => line.call(async ({ client }) => trustFromWire(await client.trust(question, { signal }))),
    splits: ({ instance, position }, signal) =>
      line.call(({ client }) =>
        ifKnown(async () => splitsFromWire(await client.splits({ instance, position: BigInt(position) }, { signal }))),
      ),
    rollouts: (rollout, signal) =>
      line.call(({ client }) =>
        ifKnown(async () => rolloutsFromWire(await client.rollouts({ rollout: rollout ?? '' }, { signal }))),
      ),
    requestRollout: (wish, signal) =>
      line.call(({ client }) => ifKnown(async () => answerFromWire(await client.requestRollout({ ...wish }, { signal })))),
    close: () => line.close(),
  };
}

/** Undefined where the other one is of a version without the question: that is no fault of the connection, which other questions share. */
async function ifKnown<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (reason) {
    if (ConnectError.from(reason).code === Code.Unimplemented) return undefined;
    throw reason;
  }
}

function openLine(url: string, { trustDomain, tls }: { readonly trustDomain: string; readonly tls: ReplicaTls }): Line {
  const { cert, key, ca } = tls();
  const checkServerIdentity = peerCheck({ trustDomain, expected: controlPlaneIdentity(trustDomain) });
  const session = openSession(url, { cert, key, ca, servername: SERVER_NAME, checkServerIdentity }, TIMEOUTS);
  const transport = createGrpcTransport({
    ...{ baseUrl: url, sessionManager: session.manager, acceptCompression: [], readMaxBytes: MAX_MESSAGE_BYTES },
  });
  return { cert, client: createClient(ReplicaService, transport), close: () => session.close() };
}
