// SPDX-License-Identifier: Apache-2.0
import { mergeFields } from '../policy/merge-fields.ts';
import type { MergedField } from '../policy/merge-fields.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import { TRAFFIC_FIELDS } from './traffic-fields.ts';
import type { ResolvedTrafficPolicy } from './resolve-traffic-policy.ts';

type Policies = ReadonlyMap<string, ResolvedTrafficPolicy>;

const CALL_FIELDS = TRAFFIC_FIELDS.filter(({ strategy }) => strategy === 'nearest');

/** How upstream calls are made under a chain, by field. */
export type ResolvedCalls = ReadonlyMap<string, MergedField>;

export function mergeCalls({ links }: PolicyChain, policies: Policies): ResolvedCalls {
  const contributions = links.flatMap(link => {
    const policy = policies.get(link.policy);
    if (policy === undefined) return [];
    const { document, isOverride } = policy;
    return [{ ...link, createdMs: document.createdMs, isOverride, spec: document.spec }];
  });
  return mergeFields(CALL_FIELDS, contributions);
}

/** The limits of a chain: those of each policy once, wherever it is attached. */
export interface ResolvedLimits {
  readonly policies: readonly {
    readonly policy: string;
    readonly scope: string;
    readonly resolved: ResolvedTrafficPolicy | undefined;
  }[];
}

export function mergeLimits({ links }: PolicyChain, policies: Policies): ResolvedLimits {
  const once = new Map<string, string>();
  for (const { policy, scope } of links) if (!once.has(policy)) once.set(policy, scope);
  return { policies: [...once].map(([policy, scope]) => ({ policy, scope, resolved: policies.get(policy) })) };
}
