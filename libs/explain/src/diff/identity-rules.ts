// SPDX-License-Identifier: Apache-2.0
import type { AccessRule, Snapshot } from '@weir/policy/snapshot';

/** Conditions about the request alone; every other one may ask who the caller is. */
const ABOUT_REQUEST: ReadonlySet<string> = new Set(['addresses', 'headers', 'methods', 'name', 'paths']);

/**
 * Whether any Allow rule asks who the caller is. Where nobody found that out, such a rule admits nobody; authentication that is added then
 * opens what it was thought to close.
 */
export function hasIdentityRules({ resources }: Snapshot): boolean {
  return [...resources.values()].some(resource => resource.kind === 'accessPolicy' && resource.allowRules.some(asksForIdentity));
}

function asksForIdentity(rule: AccessRule): boolean {
  return Object.entries(rule).some(([name, value]) => value !== undefined && !ABOUT_REQUEST.has(name));
}
