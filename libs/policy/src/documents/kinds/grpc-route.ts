// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { backendObjectRefShape, requirePort } from './backend-object-ref.ts';
import { commonRouteShape } from './common-route.ts';
import { hostname, objectName } from './fields.ts';
import { grpcRouteMatch } from './grpc-route-match.ts';
import { refuseTooManyMatches } from './http-route.ts';
import { uniqueBy } from './list-rules.ts';
import { checkFilterFields, sharedFilterFields } from './route-filter.ts';
import { sessionPersistence } from './session-persistence.ts';
import { strictObject } from './strict-object.ts';

const FIELD_BY_TYPE = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  ExtensionRef: 'extensionRef',
} as const;

/** What may be there more than once: Gateway API, GRPCRouteRule.filters. */
const REPEATABLE: ReadonlySet<string> = new Set(['RequestMirror', 'ExtensionRef']);

const filters = z
  .array(
    strictObject({
      type: z.enum(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'ExtensionRef']),
      ...sharedFilterFields,
    }).check(checkFilterFields(FIELD_BY_TYPE)),
  )
  .max(16)
  .check(uniqueBy('the filter', ({ type }) => (REPEATABLE.has(type) ? undefined : type), ['type']));

const backendRef = strictObject({
  ...backendObjectRefShape,
  weight: z.int().min(0).max(1_000_000).default(1),
  filters: filters.optional(),
}).check(requirePort);

const rule = strictObject({
  name: objectName.optional(),
  matches: z
    .array(grpcRouteMatch)
    .max(64)
    .default(() => []),
  filters: filters.optional(),
  backendRefs: z.array(backendRef).max(16).optional(),
  sessionPersistence: sessionPersistence.optional(),
});

/** gateway.networking.k8s.io/v1 GRPCRoute. */
export const grpcRouteBody = {
  spec: strictObject({
    ...commonRouteShape,
    hostnames: z.array(hostname).max(16).optional(),
    rules: z
      .array(rule)
      .max(16)
      .check(
        uniqueBy('the name', ({ name }) => name, ['name']),
        refuseTooManyMatches,
      )
      .default(() => []),
  }),
};
