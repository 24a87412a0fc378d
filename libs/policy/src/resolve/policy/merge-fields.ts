// SPDX-License-Identifier: Apache-2.0
import type { ChainLink } from './policy-chain.ts';
import { SCOPE_KINDS } from './policy-chain.ts';
import type { PolicyField } from './policy-fields.ts';

/** What one policy says at one place. */
export interface Contribution extends ChainLink {
  readonly createdMs: number;
  readonly isOverride: boolean;
  readonly spec: object;
}

/** Where a value came from. */
export interface FieldSource extends ChainLink {
  /** It goes before narrower policies, and before what a route says itself. */
  readonly isOverride: boolean;
}

/** What a field comes to: of `nearest` fields one value, of `all` fields every one, widest first. */
export interface MergedField {
  readonly values: readonly { readonly value: unknown; readonly from: FieldSource }[];
  /** Who said something else that does not hold here. */
  readonly beaten: readonly FieldSource[];
}

/** By the field's path; only fields that somebody says something about. `contributions`: widest first. */
export function mergeFields(
  fields: readonly PolicyField[],
  contributions: readonly Contribution[],
): ReadonlyMap<string, MergedField> {
  const merged = new Map<string, MergedField>();
  for (const field of fields) {
    const said = contributions.flatMap(contribution => {
      const value = field.valueIn(contribution.spec);
      return value === undefined ? [] : [{ value, contribution, from: sourceOf(contribution) }];
    });
    if (said.length > 0) merged.set(field.path, field.strategy === 'nearest' ? nearest(said) : everything(said));
  }
  return merged;
}

interface Said {
  readonly value: unknown;
  readonly contribution: Contribution;
  readonly from: FieldSource;
}

/** Among those that override the widest wins, else the narrowest; at one scope the older, then the first by name. */
function nearest(said: readonly Said[]): MergedField {
  const overriding = said.filter(({ from }) => from.isOverride);
  const direction = overriding.length > 0 ? 1 : -1;
  const candidates = overriding.length > 0 ? overriding : said;
  const [winner] = candidates.toSorted(
    (left, right) => direction * (rankOf(left) - rankOf(right)) || byAge(left.contribution, right.contribution),
  );
  // A policy at two scopes does not beat itself.
  const beaten = said.filter(({ from }) => from.policy !== winner?.from.policy).map(({ from }) => from);
  return { values: winner === undefined ? [] : [{ value: winner.value, from: winner.from }], beaten };
}

/** A policy at two scopes counts once. */
function everything(said: readonly Said[]): MergedField {
  const byPolicy = new Map<string, Said>();
  for (const one of said) if (!byPolicy.has(one.from.policy)) byPolicy.set(one.from.policy, one);
  return { values: [...byPolicy.values()].map(({ value, from }) => ({ value, from })), beaten: [] };
}

function sourceOf({ scope, policy, isOverride }: Contribution): FieldSource {
  return { scope, policy, isOverride };
}

function rankOf({ from }: Said): number {
  return SCOPE_KINDS.indexOf(from.scope);
}

function byAge(left: Contribution, right: Contribution): number {
  return left.createdMs - right.createdMs || (left.policy < right.policy ? -1 : Number(left.policy > right.policy));
}
