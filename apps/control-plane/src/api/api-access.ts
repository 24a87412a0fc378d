// SPDX-License-Identifier: Apache-2.0
import { hash, timingSafeEqual } from 'node:crypto';
import { API_TOKEN_FILES } from './api-place.ts';
import { rolesWith, ROLE_NAMES } from './rights.ts';
import type { Right, Role, SteeredRollout } from './rights.ts';

/** Who asks the API. */
export interface ApiCaller {
  /** For the log, and for what it is told: `viewer`. */
  readonly name: string;
}

/**
 * Who may use the API. Both answers may come from elsewhere: in a cluster, from a TokenReview and a SubjectAccessReview. A rejection refuses
 * the request.
 */
export interface ApiAccess {
  /** Whose a token is; undefined = nobody's. */
  callerOf(token: string): Promise<ApiCaller | undefined>;
  /** `steered`: what the right `rollout` is for; without it nobody has that. */
  mayUse(caller: ApiCaller, right: Right, steered?: SteeredRollout): Promise<boolean>;
  /** For who shows no token that is somebody's: where there are some. */
  readonly tokenAdvice: string;
  /** For who lacks a right: what that one has not, and what to do. */
  rightAdvice(caller: ApiCaller, right: Right, steered?: SteeredRollout): string;
}

/** Access by the tokens of the state directory, one for each role. */
export function createTokenAccess(tokens: Readonly<Record<Role, string>>): ApiAccess {
  return {
    callerOf: token => {
      // All are compared, so that the time tells nothing.
      const [name] = ROLE_NAMES.filter(role => isSame(token, tokens[role]));
      return Promise.resolve(name === undefined ? undefined : { name });
    },
    mayUse: ({ name }, right) => Promise.resolve(rolesWith(right).some(role => role === name)),
    tokenAdvice: `the file ${API_TOKEN_FILES.operator} in its state directory`,
    rightAdvice: ({ name }, right) => {
      const files = rolesWith(right).map(role => `the ${role}'s (the file ${API_TOKEN_FILES[role]} in the state directory)`);
      return `the token of the ${name} does not give: use ${files.join(' or ')}`;
    },
  };
}

/** How long it takes tells nothing, not even the length. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(hash('sha256', left)), Buffer.from(hash('sha256', right)));
}
