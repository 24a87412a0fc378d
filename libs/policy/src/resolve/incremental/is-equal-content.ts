// SPDX-License-Identifier: Apache-2.0

/** Whether two values of plain data say the same: arrays in order, objects by their members. */
export function isEqualContent(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => isEqualContent(item, right[index]));
  }
  const members = Object.entries(left);
  if (members.length !== Object.keys(right).length) return false;
  const others = new Map<string, unknown>(Object.entries(right));
  return members.every(([name, value]) => others.has(name) && isEqualContent(value, others.get(name)));
}
