// SPDX-License-Identifier: Apache-2.0

/** Freezes a value of plain data with everything in it. What is frozen already is not looked into again. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
