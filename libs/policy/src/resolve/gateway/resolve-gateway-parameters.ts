// SPDX-License-Identifier: Apache-2.0
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { GatewayContext } from './gateway-context.ts';
import { parseGatewayParameters } from './gateway-parameters.ts';

/** What `spec.infrastructure.parametersRef` of a Gateway came to. */
export interface ResolvedParameters {
  /** Why the whole Gateway is refused. */
  readonly invalid: string | undefined;
  /** About the ConfigMap; those about the Gateway are told already. */
  readonly issues: readonly Issue[];
}

const PATH = 'spec.infrastructure.parametersRef';
const CODE = 'gateway-parameters-invalid';

/** `isOwn`: the Gateway has proxies of its own, which the parameters are about. */
export function resolveGatewayParameters(context: GatewayContext, isOwn: boolean): ResolvedParameters {
  const { document, lookup, report } = context;
  const ref = document.spec.infrastructure?.parametersRef;
  if (ref === undefined) return { invalid: undefined, issues: [] };
  const refuse = (field: string, words: string, hint: string): ResolvedParameters => {
    const message = `${PATH} ${words}`;
    report({ severity: 'error', code: CODE, path: `${PATH}.${field}`, message, hint });
    return { invalid: message, issues: [] };
  };
  if (ref.group !== '' || ref.kind !== 'ConfigMap') {
    return refuse('kind', `names a ${ref.kind} of group "${ref.group}"`, 'name a ConfigMap of group ""');
  }
  const config = lookup.get('ConfigMap', document.namespace, ref.name);
  if (config === undefined) {
    const { message, hint } = describeMissing(lookup, { kind: 'ConfigMap', namespace: document.namespace, name: ref.name });
    return refuse('name', message, hint);
  }
  if (!isOwn) report({ severity: 'warning', code: 'field-inert', path: PATH, message: `${PATH} ${INERT}`, hint: undefined });
  const { faults } = parseGatewayParameters(config.data ?? {});
  const issues = faults.map(({ key, message, hint }): Issue => ({
    ...{ document: config, severity: 'error', code: CODE, path: `data.${key}`, message, hint },
  }));
  const words = faults.map(({ message, hint }) => `${message}: ${hint}`).join('; ');
  const invalid = faults.length === 0 ? undefined : `ConfigMap ${config.namespace}/${config.name} ${words}`;
  return { invalid, issues };
}

const INERT = 'has no effect: outside a cluster nothing is made for a Gateway';
