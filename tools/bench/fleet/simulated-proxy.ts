// SPDX-License-Identifier: Apache-2.0
import type { ConnectionOptions } from 'node:tls';
import { systemClock } from '@weir/base';
import type { Random } from '@weir/base';
import { peerCheck } from '@weir/identity';
import { MESH_TRUST } from '@weir/policy/snapshot';
import { connectOverMessages, SyncClient } from '@weir/sync/client';
import type { Connect, ServerStream, StreamHandler } from '@weir/sync/client';
import { indexRoot, nameRoot } from '@weir/sync/messages';
import type { Root } from '@weir/sync/messages';
import { NAMESPACE, plannedProxy, serviceName } from './fleet-plan.ts';
import type { LeafFiles } from './fleet-messages.ts';
import { StreamSocket } from './stream-socket.ts';

const TRUST_DOMAIN = 'weir.local';
const CONTROL_PLANE = { trustDomain: TRUST_DOMAIN, namespace: 'weir-system', name: 'control-plane' };

export interface SimulatedProxyOptions {
  readonly leaf: LeafFiles;
  readonly port: number;
  readonly rootsPem: string;
  readonly random: Random;
  readonly onAck: (bodies: readonly Uint8Array[]) => void;
  readonly onEnd: (detail: string) => void;
}

/**
 * A sidecar without an engine: the client of the real ones over mutual TLS with a leaf of its own and their roots, so that what comes is
 * decoded, validated and acknowledged as there; HTTP/2 is spoken more cheaply, and what it is given takes effect nowhere.
 */
export function createSimulatedProxy(options: SimulatedProxyOptions): SyncClient {
  const { leaf, port, rootsPem, random, onEnd } = options;
  const tls: ConnectionOptions = {
    ...{ host: '127.0.0.1', port, minVersion: 'TLSv1.3' },
    ca: rootsPem,
    cert: leaf.chainPem,
    key: leaf.keyPem,
    servername: 'control-plane.weir',
    checkServerIdentity: peerCheck({ trustDomain: TRUST_DOMAIN, expected: CONTROL_PLANE }),
  };
  return new SyncClient({
    proxy: String(leaf.proxy),
    roots: rootsOf(leaf.proxy),
    clock: systemClock,
    random,
    connect: tellingAcks(
      connectOverMessages(events => new StreamSocket(tls, events)),
      options.onAck,
    ),
    configuration: { apply: () => Promise.resolve([]) },
    file: undefined,
    onEnd: ({ reason, detail }) => onEnd(`${reason}: ${detail}`),
  });
}

/** As a sidecar has them once it has called all that it calls. */
function rootsOf(proxy: number): readonly Root[] {
  const { identity, address, uses } = plannedProxy(proxy);
  return [
    indexRoot('meshService'),
    indexRoot('meshSettings'),
    nameRoot(MESH_TRUST),
    nameRoot(`workload/${identity}/${address}`),
    ...uses.map(service => nameRoot(`mesh/${NAMESPACE}/${serviceName(service)}`)),
  ];
}

/** Tells of each push once its acknowledgement is sent. */
function tellingAcks(connect: Connect, onAck: SimulatedProxyOptions['onAck']): Connect {
  return handler => {
    let bodies: readonly Uint8Array[] = [];
    const telling: StreamHandler = {
      onPush(push) {
        bodies = push.upserts.map(({ body }) => body);
        handler.onPush(push);
      },
      onEnd: end => handler.onEnd(end),
    };
    const stream = connect(telling);
    const send: ServerStream['send'] = message => {
      stream.send(message);
      if (message.type === 'ack' && message.rejections.length === 0) onAck(bodies);
    };
    return { send, close: () => stream.close() };
  };
}
