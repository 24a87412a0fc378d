// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { backendObjectRefShape, requirePort } from './backend-object-ref.ts';
import { commonRouteShape } from './common-route.ts';
import { hostname, objectName } from './fields.ts';
import { strictObject } from './strict-object.ts';

const backendRef = strictObject({
  ...backendObjectRefShape,
  weight: z.int().min(0).max(1_000_000).default(1),
}).check(requirePort);

/** Nothing tells several rules apart, so there is exactly one. */
const rules = z
  .array(strictObject({ name: objectName.optional(), backendRefs: z.array(backendRef).min(1).max(16) }))
  .min(1)
  .max(1);

/** gateway.networking.k8s.io/v1 TLSRoute. */
export const tlsRouteBody = {
  spec: strictObject({ ...commonRouteShape, hostnames: z.array(hostname).min(1).max(1024), rules }),
};

/** gateway.networking.k8s.io/v1 TCPRoute and UDPRoute: the two have the same fields. */
export const portRouteBody = { spec: strictObject({ ...commonRouteShape, rules }) };
