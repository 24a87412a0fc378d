// SPDX-License-Identifier: Apache-2.0
import type { Verb } from '@weir/rollouts';

/** What a route of the API needs: to see, to let workloads join, to change the root, to ask proxies, and to say how rollouts go on. */
export type Right = 'join' | 'read' | 'relay' | 'rollout' | 'rotate';

/** What the right `rollout` is asked for: it can be given for some verbs, and for the Rollouts of a namespace. */
export interface SteeredRollout {
  readonly verb: Verb;
  readonly namespace: string;
  readonly name: string;
}

/** Whose tokens there are in the state directory, and what each may do. */
export const ROLES = {
  operator: ['join', 'read', 'relay', 'rollout', 'rotate'],
  viewer: ['read'],
} as const satisfies Record<string, readonly Right[]>;

export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[];

/** Names of the roles that have a right. */
export function rolesWith(right: Right): readonly Role[] {
  return ROLE_NAMES.filter(role => (ROLES[role] as readonly Right[]).includes(right));
}
