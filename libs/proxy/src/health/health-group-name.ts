// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';

/**
 * Backends of one name look after their endpoints together: all that lead to a Service's port under the same policies. Those of a
 * Gateway with policies of its own are apart, as these may say something else of health.
 */
export function healthGroupName({ name, label }: Pick<Backend, 'label' | 'name'>): string {
  const callers = name.indexOf('@');
  return callers === -1 ? label : label + name.slice(callers);
}
