// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';

/** A label of DNS, which the name of a Service must be. */
const MAX_LENGTH = 63;
const HASH_LENGTH = 8;

/**
 * Name of what is made for a Gateway in a cluster (GEP-1762): its Deployment, its Service and its service account, by which it is known
 * in the mesh. Names that are too long end in a digest of the whole.
 */
export function gatewayObjectName(gateway: { readonly name: string; readonly gatewayClassName: string }): string {
  const whole = `${gateway.name}-${gateway.gatewayClassName}`.replaceAll('.', '-');
  if (whole.length <= MAX_LENGTH && !`${gateway.name}${gateway.gatewayClassName}`.includes('.')) return whole;
  const digest = createHash('sha256').update(`${gateway.name}/${gateway.gatewayClassName}`).digest('hex').slice(0, HASH_LENGTH);
  return `${whole.slice(0, MAX_LENGTH - HASH_LENGTH - 1).replace(/-+$/v, '')}-${digest}`;
}
