// SPDX-License-Identifier: Apache-2.0
import type { AccessRule, PathMatch } from '@weir/policy/snapshot';
import { CidrCover } from './cidr-cover.ts';
import { fieldOf, isSame } from './values.ts';

/**
 * Whether every request that fits `narrow` fits `wide` too, as far as that can be told: false also means that it is not known. A
 * condition that is not written holds for every request; one that this does not know covers only its equal.
 */
export function coversRule(wide: AccessRule, narrow: AccessRule): boolean {
  const names = Object.keys(wide).filter(name => name !== 'name');
  return names.every(name => coversCondition(name, wide, narrow));
}

type Conditions = Omit<AccessRule, 'name'>;
type Covers<Value> = (wide: Value, narrow: Value) => boolean;

const COVERS: { readonly [Name in keyof Conditions]: Covers<NonNullable<Conditions[Name]>> } = {
  methods: hasAll,
  consumers: hasAll,
  groups: hasAll,
  addresses: (wide, narrow) => {
    const cover = new CidrCover(wide);
    return narrow.every(cidr => cover.covers(cidr));
  },
  paths: (wide, narrow) => narrow.every(path => wide.some(other => coversPath(other, path))),
  headers: (wide, narrow) =>
    wide.every(({ name, values }) => narrow.some(other => other.name === name && hasAll(values, other.values))),
  claims: (wide, narrow) =>
    wide.every(({ path, values }) => narrow.some(other => isSame(other.path, path) && hasAll(values, other.values))),
  certificates: (wide, narrow) => narrow.every(name => wide.some(other => isSame(other, name))),
  identities: (wide, narrow) => narrow.every(one => wide.includes(one) || wide.includes(one.replace(/[^/]*$/, '*'))),
  // What follows from an expression is not looked into.
  cel: () => false,
};

function coversCondition(name: string, wide: AccessRule, narrow: AccessRule): boolean {
  const [wider, narrower] = [fieldOf(wide, name), fieldOf(narrow, name)];
  if (wider === undefined || isSame(wider, narrower)) return true;
  if (narrower === undefined || !Object.hasOwn(COVERS, name)) return false;
  // Both are of the condition that the entry is for.
  const covers = COVERS[name as keyof Conditions] as Covers<unknown>;
  return covers(wider, narrower);
}

function hasAll(wide: readonly string[], narrow: readonly string[]): boolean {
  return narrow.every(value => wide.includes(value));
}

/** Prefixes are whole segments. */
function coversPath(wide: PathMatch, narrow: PathMatch): boolean {
  if (isSame(wide, narrow)) return true;
  if (wide.kind !== 'prefix' || narrow.kind === 'regex') return false;
  const lead = wide.value.endsWith('/') ? wide.value : `${wide.value}/`;
  return wide.value === narrow.value || narrow.value.startsWith(lead);
}
