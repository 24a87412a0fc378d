// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { portNumber, textMap } from './fields.ts';
import { uniqueBy } from './list-rules.ts';
import { ignored, says, strictObject } from './strict-object.ts';

const port = strictObject({
  name: z.string().optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  appProtocol: z.string().optional(),
  port: portNumber,
  targetPort: z
    .union([portNumber, z.string().min(1).max(63)], {
      error: says('is no port', 'write a number from 1 to 65535 or the name of a port'),
    })
    .optional(),
  nodePort: ignored,
});

/** v1 Service: what Weir reads is checked, the other fields that Kubernetes has are taken as they are. */
export const serviceBody = {
  spec: strictObject({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
    ports: z
      .array(port)
      .check(
        uniqueBy('the name', ({ name = '' }) => name, ['name']),
        uniqueBy('the port', ({ port: number, protocol }) => `${number}/${protocol}`, ['port']),
      )
      .optional(),
    selector: textMap.optional(),
    clusterIP: z.string().optional(),
    clusterIPs: z.array(z.string()).optional(),
    ipFamilies: z.array(z.enum(['IPv4', 'IPv6'])).optional(),
    ipFamilyPolicy: ignored,
    externalName: z.string().optional(),
    externalIPs: ignored,
    externalTrafficPolicy: ignored,
    internalTrafficPolicy: ignored,
    /** Known values grow with Kubernetes; what nobody knows must not take a Service down. */
    trafficDistribution: z.string().optional(),
    healthCheckNodePort: ignored,
    loadBalancerIP: ignored,
    loadBalancerClass: ignored,
    loadBalancerSourceRanges: ignored,
    allocateLoadBalancerNodePorts: ignored,
    publishNotReadyAddresses: z.boolean().optional(),
    sessionAffinity: ignored,
    sessionAffinityConfig: ignored,
  }),
};
