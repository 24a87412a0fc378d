// SPDX-License-Identifier: Apache-2.0
import type { ControlPlaneOptions, LoadedDocuments } from '../control-plane-options.ts';
import type { LeafLedger } from '../identity/leaf-ledger.ts';
import type { RotationDriver } from '../identity/rotation-driver.ts';
import type { ServerIdentity } from '../identity/server-identity.ts';
import { ReplicaCircle } from './replica-circle.ts';
import { SplitLog } from './splits/split-log.ts';
import { SplitRounds } from './splits/split-rounds.ts';
import type { SplitRoundsParts } from './splits/split-rounds.ts';
import { TrustWatch } from './trust-watch.ts';

/** What a replica knows of the others. */
export interface Replicas {
  /** Random, of this process. */
  readonly instance: string;
  readonly circle: ReplicaCircle;
  readonly trust: TrustWatch;
  /** What own proxies see of splits, for whoever leads. */
  readonly splitLog: SplitLog;
  /** What those of others see. */
  readonly splits: SplitRounds;
}

export interface ReplicaSurroundings {
  readonly documents: () => LoadedDocuments['documents'];
  readonly server: ServerIdentity;
  readonly ledger: LeafLedger;
  readonly rotation: Pick<RotationDriver, 'followed' | 'isRotating'>;
  readonly splits: Pick<SplitRoundsParts, 'desk' | 'isConnectedHere' | 'isNeeded'>;
}

const INSTANCE_BYTES = 8;

/** Undefined where there are no other replicas. */
export function openReplicas(
  { clock, random, replicas, onEvent }: ControlPlaneOptions,
  { documents, server, ledger, rotation, splits }: ReplicaSurroundings,
): Replicas | undefined {
  if (replicas === undefined) return undefined;
  const instance = random.hex(INSTANCE_BYTES);
  const onNote = (text: string): void => onEvent({ kind: 'note', text });
  const circle = new ReplicaCircle({
    clock,
    find: () => replicas.find(documents()),
    connect: place => replicas.connect(place, { trustDomain: server.trustDomain, tls: () => server.clientTls() }),
    onNote,
  });
  const followed = (): ReturnType<RotationDriver['followed']> => rotation.followed();
  const trust = new TrustWatch({ clock, circle, ledger, instance, followed, isRotating: () => rotation.isRotating, onNote });
  const splitLog = new SplitLog({ clock, instance, isConnected: splits.isConnectedHere });
  return { instance, circle, trust, splitLog, splits: new SplitRounds({ ...splits, clock, circle, onNote }) };
}
