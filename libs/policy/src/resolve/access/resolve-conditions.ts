// SPDX-License-Identifier: Apache-2.0
import type { CelProgram, CelType, PathMatch, RequestConditions } from '../../snapshot/index.ts';
import { cidrFromText } from '../../documents/kinds/weir/cidr.ts';
import type { IssueOfDocument } from '../issue.ts';
import { CelError } from '../cel/cel-error.ts';
import { placeOf } from '../cel/cel-place.ts';
import { compileExpression } from '../cel/compile-expression.ts';
import { RE2_HINT, resolvePathMatch } from '../route/resolve-matches.ts';
import type { AccessPolicySpec } from './access-policy-document.ts';
import { resolveCertificateName } from './resolve-certificate-name.ts';

type RuleSpec = NonNullable<AccessPolicySpec['authorization']>['rules'][number];
type ConditionsSpec = Omit<RuleSpec, 'action' | 'name'>;

/** What resolving the conditions of a policy needs of it. */
export interface ConditionsContext {
  readonly namespace: string;
  readonly report: (issue: IssueOfDocument) => void;
  /** Something cannot be evaluated: the first decides the words. */
  readonly fail: (detail: string) => void;
}

/** Resolves what requests have to fit. `path`: where it is written. */
export function resolveConditions(context: ConditionsContext, spec: ConditionsSpec, path: string): RequestConditions {
  const { methods, paths, headers, consumers, groups, claims, addresses, certificates, identities, cel } = spec;
  return {
    methods,
    paths: paths?.map((match, index) => resolvePath(context, match, `${path}.paths[${index}].value`)),
    headers: headers?.map(header => ({ name: header.name.toLowerCase(), values: header.values })),
    consumers: consumers?.map(consumer => `${context.namespace}/${consumer}`),
    groups,
    claims,
    addresses: addresses?.map(cidrOf),
    certificates: certificates?.map(resolveCertificateName),
    identities,
    cel: cel === undefined ? undefined : resolveExpression(context, { source: cel, path: `${path}.cel` }, 'bool'),
  };
}

function resolvePath(
  { report, fail }: ConditionsContext,
  match: NonNullable<ConditionsSpec['paths']>[number],
  path: string,
): PathMatch {
  return resolvePathMatch(match, fault => {
    const message = `${path} ${fault}`;
    report({ severity: 'error', code: 'condition-invalid', path, message, hint: RE2_HINT });
    fail(message);
  });
}

/** An expression, and where it is written. */
interface WrittenExpression {
  readonly source: string;
  readonly path: string;
}

/** What cannot be read, or comes to none of the types, is undefined, and leaves the policy that has it unresolved. */
export function resolveExpression(
  { report, fail }: ConditionsContext,
  { source, path }: WrittenExpression,
  ...types: readonly CelType[]
): CelProgram | undefined {
  try {
    return compileExpression(source, ...types);
  } catch (reason) {
    if (!(reason instanceof CelError)) throw reason;
    const message = `${path} ${placeOf(source, reason.offset)}${reason.message}`;
    report({ severity: 'error', code: 'condition-invalid', path, message, hint: reason.hint });
    fail(message);
    return undefined;
  }
}

/** With its prefix length. The schema has looked at it. */
export function cidrOf(text: string): string {
  return cidrFromText(text) ?? text;
}
