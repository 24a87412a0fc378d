// SPDX-License-Identifier: Apache-2.0
import type { PathMatch, RequestConditions } from '../../snapshot/index.ts';
import { cidrFromText } from '../../documents/kinds/weir/cidr.ts';
import type { IssueOfDocument } from '../issue.ts';
import { RE2_HINT, resolvePathMatch } from '../route/resolve-matches.ts';
import type { AccessPolicySpec } from './access-policy-document.ts';

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
  const { methods, paths, headers, consumers, groups, claims, addresses } = spec;
  return {
    methods,
    paths: paths?.map((match, index) => resolvePath(context, match, `${path}.paths[${index}].value`)),
    headers: headers?.map(header => ({ name: header.name.toLowerCase(), values: header.values })),
    consumers: consumers?.map(consumer => `${context.namespace}/${consumer}`),
    groups,
    claims,
    addresses: addresses?.map(cidrOf),
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

/** With its prefix length. The schema has looked at it. */
export function cidrOf(text: string): string {
  return cidrFromText(text) ?? text;
}
