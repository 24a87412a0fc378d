// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';

/**
 * What backends have in common that lead to a Service's port under the same policies: how their endpoints are, and their metrics. Those
 * of a Gateway with policies of its own are apart, as these may say something else: `shop/cart:80@shop/policy`.
 */
export function backendGroupName({ name, label }: Pick<Backend, 'label' | 'name'>): string {
  const callers = name.indexOf('@');
  return callers === -1 ? label : label + name.slice(callers);
}
