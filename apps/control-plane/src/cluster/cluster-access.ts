// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import { reasonWords } from '@weir/base';
import type { Clock } from '@weir/base';
import { AccessReviewer, UserReviewer } from '@weir/kubernetes';
import type { ClusterUser, ResourceAccess } from '@weir/kubernetes';
import type { ApiAccess, ApiCaller } from '../api/api-access.ts';
import { ApiError } from '../api/api-error.ts';
import type { Right, SteeredRollout } from '../api/rights.ts';
import { rolesWith } from '../api/rights.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { RecentAnswers } from './recent-answers.ts';

export interface ClusterAccessParts {
  /** By the tokens of the state Secret. */
  readonly tokens: ApiAccess;
  readonly users: Pick<UserReviewer, 'userOf'>;
  readonly rights: Pick<AccessReviewer, 'isAllowed'>;
  readonly clock: Clock;
  /** Of the control plane: a right in it is enough. */
  readonly namespace: string;
}

/** Who is taken the right from, or whose token is taken back, has it that much longer. */
const HOLDS_MS = 10_000;
/** No kind of object: what rights on the API are named by. */
const RESOURCE = { group: 'weir.dev', resource: 'controlplanes' } as const;
const ROLLOUTS = { group: 'weir.dev', resource: 'rollouts' } as const;

/**
 * Access by the tokens of the state, and by those of the cluster: the API server says whose one is (TokenReview) and what that one may do
 * (SubjectAccessReview). While it cannot be asked, nobody comes in by it.
 */
export function createClusterAccess({ tokens, users, rights, clock, namespace }: ClusterAccessParts): ApiAccess {
  const known = new RecentAnswers<ClusterUser | undefined>(clock, HOLDS_MS);
  const allowed = new RecentAnswers<boolean>(clock, HOLDS_MS);
  const userBehind = new WeakMap<ApiCaller, ClusterUser>();
  return {
    async callerOf(token) {
      const stored = await tokens.callerOf(token);
      if (stored !== undefined) return stored;
      const user = await told(known.answer(hash('sha256', token), () => users.userOf(token)));
      if (user === undefined) return undefined;
      const caller: ApiCaller = { name: user.username };
      userBehind.set(caller, user);
      return caller;
    },
    mayUse(caller, right, steered) {
      const user = userBehind.get(caller);
      if (user === undefined) return tokens.mayUse(caller, right, steered);
      const access = accessFor(right, { namespace, steered });
      if (access === undefined) return Promise.resolve(false);
      return told(allowed.answer(JSON.stringify([user, access]), () => rights.isAllowed(user, access)));
    },
    tokenAdvice: `kubectl create token weir-viewer -n ${namespace} --audience weir-api, or your own token of the cluster`,
    rightAdvice: (caller, right, steered) => {
      if (!userBehind.has(caller)) return tokens.rightAdvice(caller, right, steered);
      if (steered !== undefined) return `${caller.name} does not have: it is ${steeringWords(steered)}`;
      const [verb, role] = verbOf(right) === 'get' ? ['get', 'weir-viewer'] : ['update', 'weir-operator'];
      const need = `${verb} on controlplanes.weir.dev in namespace ${namespace}`;
      return `${caller.name} does not have: it is ${need}, and the ClusterRole ${role} gives it`;
    },
  };
}

/** Access of a replica to its cluster. */
export function clusterAccessFrom({ connection, clock, options }: ClusterParts, tokens: ApiAccess): ApiAccess {
  const reviewers = { users: new UserReviewer(connection), rights: new AccessReviewer(connection) };
  return createClusterAccess({ ...reviewers, tokens, clock, namespace: options.namespace });
}

/** Undefined = nobody has it. */
function accessFor(
  right: Right,
  { namespace, steered }: { readonly namespace: string; readonly steered: SteeredRollout | undefined },
): ResourceAccess | undefined {
  // Of the control plane, whoever may change it; of a Rollout, whom its namespace lets.
  if (right === 'rollout') return steered && { ...ROLLOUTS, ...steered };
  return { ...RESOURCE, namespace, verb: verbOf(right) };
}

function steeringWords({ verb, namespace }: SteeredRollout): string {
  return `${verb} on rollouts.weir.dev in namespace ${namespace}, and the ClusterRole weir-rollouts gives it where it is bound, as by kubectl create rolebinding NAME -n ${namespace} --clusterrole weir-rollouts --user NAME`;
}

/** The verb on `controlplanes.weir.dev` that gives a right: a viewer's is `get`, an operator's `update`. */
function verbOf(right: Right): 'get' | 'update' {
  return rolesWith(right).includes('viewer') ? 'get' : 'update';
}

/** Throws ApiError where the API server cannot be asked. */
async function told<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (reason) {
    const words = reasonWords(reason);
    throw new ApiError(503, 'api-server-away', `the API server of the cluster does not say who you are: ${words}; try again`);
  }
}
