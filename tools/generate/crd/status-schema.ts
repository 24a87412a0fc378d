// SPDX-License-Identifier: Apache-2.0
import type { Structural } from './structural-schema.ts';

/** meta/v1 Condition, with the limits of its own schema. */
export const CONDITIONS: Structural = {
  description: 'What is the case, by type.',
  type: 'array',
  maxItems: 8,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
    properties: {
      type: { description: 'What the condition is about.', type: 'string', maxLength: 316 },
      status: { description: 'Whether it holds.', type: 'string', enum: ['True', 'False', 'Unknown'] },
      reason: { description: 'Why, for programs.', type: 'string', minLength: 1, maxLength: 1024 },
      message: { description: 'Why, for people.', type: 'string', maxLength: 32_768 },
      lastTransitionTime: { description: 'When status last changed.', type: 'string', format: 'date-time' },
      observedGeneration: { description: 'Generation that was looked at.', type: 'integer', format: 'int64', minimum: 0 },
    },
  },
};

const ANCESTOR_REF: Structural = {
  description: 'The object through which the policy has effect.',
  type: 'object',
  required: ['name'],
  properties: {
    group: { description: 'Its API group.', type: 'string', maxLength: 253, default: 'gateway.networking.k8s.io' },
    kind: { description: 'Its kind.', type: 'string', minLength: 1, maxLength: 63, default: 'Gateway' },
    namespace: { description: 'Its namespace.', type: 'string', minLength: 1, maxLength: 63 },
    name: { description: 'Its name.', type: 'string', minLength: 1, maxLength: 253 },
    sectionName: { description: 'A section of it.', type: 'string', minLength: 1, maxLength: 253 },
    port: { description: 'A port of it.', type: 'integer', format: 'int32', minimum: 1, maximum: 65_535 },
  },
};

/** PolicyStatus of GEP-713: what has become of a policy at each object through which it has effect. */
export const POLICY_STATUS: Structural = {
  description: 'What has become of the policy. Written by Weir.',
  type: 'object',
  properties: {
    ancestors: {
      description: 'Objects through which the policy has effect, and what is the case at each.',
      type: 'array',
      maxItems: 16,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        required: ['ancestorRef', 'controllerName'],
        properties: {
          ancestorRef: ANCESTOR_REF,
          controllerName: { description: 'Who wrote this.', type: 'string', minLength: 1, maxLength: 253 },
          conditions: CONDITIONS,
        },
      },
    },
  },
};

/** Of kinds that are no policies. */
export const OBJECT_STATUS: Structural = {
  description: 'What has become of the object. Written by Weir.',
  type: 'object',
  properties: { conditions: CONDITIONS },
};
