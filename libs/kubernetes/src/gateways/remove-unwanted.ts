// SPDX-License-Identifier: Apache-2.0
import { gatewayObjectName } from '@weir/policy/snapshot';
import type { ClusterObject } from '../api/cluster-api.ts';
import { fieldsOf } from '../status/plain-fields.ts';
import { GATEWAYS } from '../write/builtin-resources.ts';
import type { ObjectWriter } from '../write/object-writer.ts';
import { gatewayObjectPlaces } from './gateway-objects.ts';
import { gatewayOwning, isOurs } from './object-owner.ts';

/**
 * Removes all that goes by the name of an object where its Gateway has gone to another class: that one has objects of other names, or is
 * another controller's. A Gateway that is not there takes along itself what it owns, and one that Weir cannot read keeps it.
 */
export async function removeIfUnwanted(
  object: ClusterObject,
  writer: Pick<ObjectWriter, 'get' | 'remove'>,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name } = object.metadata;
  const key = gatewayOwning(object);
  const [, owner = ''] = key?.split('/') ?? [];
  const gateway = await writer.get({ resource: GATEWAYS, namespace, name: owner }, signal);
  const { gatewayClassName } = fieldsOf(gateway?.['spec']);
  if (typeof gatewayClassName !== 'string' || gatewayObjectName({ name: owner, gatewayClassName }) === name) return;
  for (const place of gatewayObjectPlaces(namespace, name)) {
    const found = await writer.get(place, signal);
    if (found !== undefined && isOurs(found) && gatewayOwning(found) === key) await writer.remove(place, signal);
  }
}
