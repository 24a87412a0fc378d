// SPDX-License-Identifier: Apache-2.0
import { gatewayObjectName } from '../../snapshot/index.ts';
import type { WorkloadIdentity } from '../../snapshot/index.ts';
import type { GatewayDocument } from '../inventory/document-of.ts';

/** Who the proxies are that are a Gateway's own: the service account that is made for them. */
export function identityOfGateway({ namespace, name, spec }: GatewayDocument): WorkloadIdentity {
  return `${namespace}/${gatewayObjectName({ name, gatewayClassName: spec.gatewayClassName })}`;
}
