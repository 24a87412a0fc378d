// SPDX-License-Identifier: Apache-2.0
import { gatewayObjectName } from '@weir/policy/snapshot';
import type { ClusterObject } from '../api/cluster-api.ts';
import { fieldsOf } from '../status/plain-fields.ts';
import { GATEWAYS } from '../write/builtin-resources.ts';
import type { ObjectWriter } from '../write/object-writer.ts';
import { isOurs } from './apply-gateway.ts';
import { gatewayObjectPlaces } from './gateway-objects.ts';

/** `namespace/name` of the Gateway that an object was made for; undefined = of none. */
export function gatewayOwning({ metadata: { namespace = '', ownerReferences = [] } }: ClusterObject): string | undefined {
  const owner = ownerReferences.find(({ kind }) => kind === 'Gateway');
  return owner === undefined ? undefined : `${namespace}/${owner.name}`;
}

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
  const [, owner = ''] = gatewayOwning(object)?.split('/') ?? [];
  const gateway = await writer.get({ resource: GATEWAYS, namespace, name: owner }, signal);
  const { gatewayClassName } = fieldsOf(gateway?.['spec']);
  if (typeof gatewayClassName !== 'string' || gatewayObjectName({ name: owner, gatewayClassName }) === name) return;
  for (const place of gatewayObjectPlaces(namespace, name)) {
    const found = await writer.get(place, signal);
    if (found !== undefined && isOurs(found)) await writer.remove(place, signal);
  }
}
