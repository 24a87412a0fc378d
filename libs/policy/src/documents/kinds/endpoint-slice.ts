// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { portNumber } from './fields.ts';
import { ignored, strictObject } from './strict-object.ts';

/** Names of zones or nodes; what else a hint says is not read. */
const hintedNames = z
  .array(z.object({ name: z.string().min(1).max(253) }))
  .max(64)
  .nullish();

const endpoint = strictObject({
  addresses: z.array(z.string().min(1)).min(1).max(100),
  conditions: strictObject({
    ready: z.boolean().nullish(),
    serving: z.boolean().nullish(),
    terminating: z.boolean().nullish(),
  }).optional(),
  hostname: ignored,
  /** What is there; what else it says is not read. */
  targetRef: z.object({ kind: z.string().optional(), namespace: z.string().optional(), name: z.string().optional() }).nullish(),
  nodeName: ignored,
  zone: z.string().nullish(),
  /** Whose callers an endpoint is for (KEP-2433, KEP-3015). */
  hints: z.object({ forZones: hintedNames, forNodes: hintedNames }).nullish(),
  deprecatedTopology: ignored,
});

const port = strictObject({
  name: z.string().nullish(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).nullish(),
  port: portNumber.nullish(),
  appProtocol: z.string().nullish(),
});

/** As many as API servers take (validation of discovery.k8s.io): Services of hundreds of ports are there. */
const MAX_PORTS = 20_000;

/** discovery.k8s.io/v1 EndpointSlice. Clients print null for lists that are empty. */
export const endpointSliceBody = {
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']),
  endpoints: z.array(endpoint).max(1000).nullish(),
  ports: z.array(port).max(MAX_PORTS).nullish(),
};
