// SPDX-License-Identifier: Apache-2.0

/** What a route of the API needs: to see, to let workloads join, to change the root, and to ask proxies. */
export type Right = 'join' | 'read' | 'relay' | 'rotate';

/** Whose tokens there are in the state directory, and what each may do. */
export const ROLES = {
  operator: ['join', 'read', 'relay', 'rotate'],
  viewer: ['read'],
} as const satisfies Record<string, readonly Right[]>;

export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[];

/** Names of the roles that have a right. */
export function rolesWith(right: Right): readonly Role[] {
  return ROLE_NAMES.filter(role => (ROLES[role] as readonly Right[]).includes(right));
}
