// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf, GatewayDocument } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import { parseGatewayParameters } from './gateway-parameters.ts';
import type { GatewayParameters } from './gateway-parameters.ts';

/** Who says by a ConfigMap how proxies are run: of one Gateway, or of all of a class. */
export type ParametersOwner = DocumentOf<'GatewayClass'> | GatewayDocument;

export type ParametersLookup = Pick<Lookup, 'get' | 'namesIn'>;

/** What a `parametersRef` came to. */
export interface FoundParameters {
  /** None where some of it is invalid. */
  readonly parameters: GatewayParameters;
  /** Why nothing of it holds; undefined = all of it does. */
  readonly invalid: string | undefined;
  /** Of the owner, and of the ConfigMap. */
  readonly issues: readonly Issue[];
}

const CODE = 'gateway-parameters-invalid';
const NOTHING_SAID: FoundParameters = { parameters: {}, invalid: undefined, issues: [] };

/** Undefined `namespace`: it is not written, and has to be. */
interface Reference {
  readonly path: string;
  readonly ref: NonNullable<DocumentOf<'GatewayClass'>['spec']['parametersRef']>;
  readonly namespace: string | undefined;
}

/** Reads `spec.parametersRef` of a GatewayClass, `spec.infrastructure.parametersRef` of a Gateway (GEP-1867). */
export function findGatewayParameters(owner: ParametersOwner, lookup: ParametersLookup): FoundParameters {
  const reference = referenceOf(owner);
  if (reference === undefined) return NOTHING_SAID;
  const { path, ref, namespace } = reference;
  const refuse = (field: string, words: string, hint: string): FoundParameters => {
    const message = `${path} ${words}`;
    const issue: Issue = { document: owner, severity: 'error', code: CODE, path: `${path}.${field}`, message, hint };
    return { parameters: {}, invalid: message, issues: [issue] };
  };
  if (ref.group !== '' || ref.kind !== 'ConfigMap') {
    return refuse('kind', `names a ${ref.kind} of group "${ref.group}"`, 'name a ConfigMap of group ""');
  }
  if (namespace === undefined) return refuse('name', `names ConfigMap \`${ref.name}\` and no namespace`, 'write namespace');
  const config = lookup.get('ConfigMap', namespace, ref.name);
  if (config === undefined) {
    const { message, hint } = describeMissing(lookup, { kind: 'ConfigMap', namespace, name: ref.name });
    return refuse('name', message, hint);
  }
  return parametersIn(config);
}

function referenceOf(owner: ParametersOwner): Reference | undefined {
  if (owner.kind === 'GatewayClass') {
    const ref = owner.spec.parametersRef;
    return ref && { path: 'spec.parametersRef', ref, namespace: ref.namespace };
  }
  const ref = owner.spec.infrastructure?.parametersRef;
  return ref && { path: 'spec.infrastructure.parametersRef', ref, namespace: owner.namespace };
}

function parametersIn(config: DocumentOf<'ConfigMap'>): FoundParameters {
  const { parameters, faults } = parseGatewayParameters(config.data ?? {});
  if (faults.length === 0) return { parameters, invalid: undefined, issues: [] };
  const words = faults.map(({ message, hint }) => `${message}: ${hint}`).join('; ');
  return {
    parameters: {},
    invalid: `ConfigMap ${config.namespace}/${config.name} ${words}`,
    issues: faults.map(({ key, message, hint }): Issue => ({
      ...{ document: config, severity: 'error', code: CODE, path: `data.${key}`, message, hint },
    })),
  };
}

/** Why parameters that are right have no effect all the same; undefined = none are written. */
export function inertParameters(owner: ParametersOwner): Issue | undefined {
  const reference = referenceOf(owner);
  if (reference === undefined) return undefined;
  const { path } = reference;
  const message = `${path} has no effect: outside a cluster nothing is made for a Gateway`;
  return { document: owner, severity: 'warning', code: 'field-inert', path, message, hint: undefined };
}
