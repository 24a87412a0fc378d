// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { ResourceName, Workload } from '@weir/policy/snapshot';
import type { AddressAnswer } from '@weir/proxy';
import type { SyncClient } from '@weir/sync/client';
import { addressRoot, nameRoot } from '@weir/sync/messages';

/** How long a call waits for what it needs of the control plane. */
const NEED_TIMEOUT_MS = 5_000;

/** Of which calls ask. */
export type Needs = Pick<SyncClient, 'need'>;

/**
 * Has all that calls to a Service need, where nothing from here called it before. Throws Fault `mesh_unavailable` where the control plane
 * does not say it in time: how the Service is to be called is not known then, and not that there is no way.
 */
export async function needService(client: Needs, service: ResourceName): Promise<void> {
  const { kind } = await client.need(nameRoot(service), NEED_TIMEOUT_MS);
  if (kind !== 'unavailable') return;
  throw new Fault('mesh_unavailable', `nothing called ${service} from here before, and the control plane does not say how to`);
}

/** Throws where the control plane does not say it. */
export async function askWhoIsAt(
  address: string,
  client: Needs,
  workloadAt: (address: string) => Workload | undefined,
): Promise<AddressAnswer> {
  const answer = await client.need(addressRoot(address), NEED_TIMEOUT_MS);
  if (answer.kind === 'missing' && answer.outcome === 'doesNotExist') return 'outside';
  const workload = answer.kind === 'present' ? workloadAt(address) : undefined;
  if (workload === undefined) throw new Error(`nobody says who is at ${address}`);
  return workload;
}
