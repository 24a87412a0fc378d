// SPDX-License-Identifier: Apache-2.0
import type { Field, KindModel } from '../fields/field.ts';
import { aboutKind, isPolicy } from '../fields/read-kinds.ts';
import { ROLLOUT_COLUMNS, rolloutStatusSchema } from './rollout-status-schema.ts';
import { OBJECT_STATUS, POLICY_STATUS } from './status-schema.ts';
import { structuralObject } from './structural-schema.ts';
import type { Structural } from './structural-schema.ts';

/** The CustomResourceDefinition of a kind. */
export function crdOf(model: KindModel): Structural {
  const { kind, group, isNamespaced } = model;
  const plural = pluralOf(kind);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // GEP-713: what a policy says holds for what is below its target too.
      ...(isPolicy(model) ? { labels: { 'gateway.networking.k8s.io/policy': 'Inherited' } } : {}),
    },
    spec: {
      group,
      scope: isNamespaced ? 'Namespaced' : 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), categories: ['weir'] },
      versions: [versionOf(model)],
    },
  };
}

function versionOf(model: KindModel): Structural {
  const { properties, ...rest } = structuralObject(model.fields);
  const common = {
    apiVersion: { description: 'Group and version of the schema.', type: 'string' },
    kind: { description: 'Kind of the object.', type: 'string' },
    metadata: { type: 'object' },
  };
  return {
    name: model.version,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: printerColumns(model),
    schema: {
      openAPIV3Schema: {
        description: aboutKind(model),
        ...rest,
        properties: { ...common, ...(properties as Structural), status: statusOf(model) },
      },
    },
  };
}

function statusOf(model: KindModel): Structural {
  if (model.kind === 'Rollout') return rolloutStatusSchema(model);
  return isPolicy(model) ? POLICY_STATUS : OBJECT_STATUS;
}

/** `AccessPolicy` → `accesspolicies`. */
export function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  return name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** What `kubectl get` shows: the choices that the spec makes, where a policy is attached, and whether it is in force. */
function printerColumns(model: KindModel): readonly Structural[] {
  const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
  if (model.kind === 'Rollout') return [...ROLLOUT_COLUMNS, age];
  const choices = specOf(model)
    .filter(({ value }) => value.kind === 'scalar' && value.schema['enum'] !== undefined)
    .map(({ name }) => ({ name: titleOf(name), type: 'string', jsonPath: `.spec.${name}` }));
  if (!isPolicy(model)) return [...choices, age];
  const condition = (type: string): Structural => ({
    name: type,
    type: 'string',
    jsonPath: `.status.ancestors[*].conditions[?(@.type=="${type}")].status`,
  });
  return [
    { name: 'Target', type: 'string', jsonPath: '.spec.targetRefs[*].kind' },
    { name: 'Name of target', type: 'string', jsonPath: '.spec.targetRefs[*].name', priority: 1 },
    ...choices,
    condition('Accepted'),
    condition('Programmed'),
    age,
  ];
}

function specOf({ fields }: KindModel): readonly Field[] {
  const spec = fields.find(({ name }) => name === 'spec')?.value;
  return spec?.kind === 'object' ? spec.fields : [];
}

function titleOf(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
