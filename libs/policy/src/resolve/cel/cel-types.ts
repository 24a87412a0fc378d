// SPDX-License-Identifier: Apache-2.0
import type { CelType } from '../../snapshot/index.ts';

/** A type as people write it: `map(string, dyn)`. */
export function formatType(type: CelType): string {
  if (typeof type === 'string') return type;
  return 'list' in type ? `list(${formatType(type.list)})` : `map(string, ${formatType(type.map)})`;
}

/** Whether a value of one type may be where another is asked for. Of a dyn it is found out when it is there. */
export function fits(type: CelType, wanted: CelType): boolean {
  if (type === 'dyn' || wanted === 'dyn') return true;
  if (typeof type === 'string' || typeof wanted === 'string') return type === wanted;
  if ('list' in type) return 'list' in wanted && fits(type.list, wanted.list);
  return 'map' in wanted && fits(type.map, wanted.map);
}

export function isNumber(type: CelType): boolean {
  return type === 'int' || type === 'double';
}

/** Whether a value is certainly no list and no map. */
export function isScalar(type: CelType): boolean {
  return typeof type === 'string' && type !== 'dyn';
}

/** What values of both types have in common; undefined = nothing. */
export function commonType(left: CelType, right: CelType): CelType | undefined {
  if (formatType(left) === formatType(right)) return left;
  return fits(left, right) ? 'dyn' : undefined;
}

/** Of what a list or map is gone through; undefined = it is neither. */
export function elementType(type: CelType): CelType | undefined {
  if (type === 'dyn') return 'dyn';
  if (typeof type === 'string') return undefined;
  return 'list' in type ? type.list : 'string';
}
