// SPDX-License-Identifier: Apache-2.0
import type { ClusterUser, ResourceAccess } from '@weir/kubernetes';
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTokenAccess } from '../api/api-access.ts';
import type { ApiAccess } from '../api/api-access.ts';
import { createClusterAccess } from './cluster-access.ts';

const JANE: ClusterUser = { username: 'jane', uid: '7', groups: ['people'], extra: { scope: ['all'] } };

let clock: ManualClock;
let access: ApiAccess;
let users: Map<string, ClusterUser>;
let allowed: Set<string>;
let asked: unknown[];
let failure: Error | undefined;

beforeEach(() => {
  clock = createManualClock();
  users = new Map([['janes', JANE]]);
  allowed = new Set(['get']);
  asked = [];
  failure = undefined;
  const answer = async <Answer>(question: unknown, value: Answer): Promise<Answer> => {
    asked.push(question);
    return failure === undefined ? Promise.resolve(value) : Promise.reject(failure);
  };
  access = createClusterAccess({
    tokens: createTokenAccess({ operator: 'weirapi_one', viewer: 'weirapi_two' }),
    users: { userOf: token => answer(token, users.get(token)) },
    rights: { isAllowed: (user, wanted: ResourceAccess) => answer({ user, wanted }, allowed.has(wanted.verb)) },
    clock,
    namespace: 'weir-system',
  });
});

describe('who may use the API in a cluster', () => {
  it('is who has a stored token, and nobody is asked', async () => {
    const caller = await access.callerOf('weirapi_two');
    expect(caller).toEqual({ name: 'viewer' });
    expect(await access.mayUse(caller!, 'read')).toBe(true);
    expect(await access.mayUse(caller!, 'rotate')).toBe(false);
    expect(asked).toEqual([]);
  });

  it('is whom the API server knows and allows, by get to look and by update to change', async () => {
    const caller = await access.callerOf('janes');
    expect(caller).toEqual({ name: 'jane' });
    expect(await access.mayUse(caller!, 'read')).toBe(true);
    expect(await access.mayUse(caller!, 'relay')).toBe(false);
    const wanted = { group: 'weir.dev', resource: 'controlplanes', namespace: 'weir-system' };
    expect(asked).toEqual([
      'janes',
      { user: JANE, wanted: { ...wanted, verb: 'get' } },
      { user: JANE, wanted: { ...wanted, verb: 'update' } },
    ]);
    expect(access.rightAdvice(caller!, 'relay')).toContain('update on controlplanes.weir.dev in namespace weir-system');
  });

  it('is for each verb of a Rollout whom its namespace lets, whatever he may do to the control plane', async () => {
    allowed = new Set(['get', 'update', 'pause']);
    const steered = { verb: 'promote', namespace: 'shop', name: 'cart' } as const;
    const caller = await access.callerOf('janes');
    expect(await access.mayUse(caller!, 'rollout', steered)).toBe(false);
    expect(await access.mayUse(caller!, 'rollout', { ...steered, verb: 'pause' })).toBe(true);
    expect(await access.mayUse(caller!, 'rollout', { ...steered, verb: 'pause', name: 'pay' })).toBe(true);
    expect(await access.mayUse(caller!, 'rollout')).toBe(false);
    const wanted = { group: 'weir.dev', resource: 'rollouts', namespace: 'shop', name: 'cart' };
    expect(asked.slice(1)).toEqual([
      { user: JANE, wanted: { ...wanted, verb: 'promote' } },
      { user: JANE, wanted: { ...wanted, verb: 'pause' } },
      { user: JANE, wanted: { ...wanted, verb: 'pause', name: 'pay' } },
    ]);
    expect(access.rightAdvice(caller!, 'rollout', steered)).toBe(
      'jane does not have: it is promote on rollouts.weir.dev in namespace shop, and the ClusterRole weir-rollouts gives it where it is bound, as by kubectl create rolebinding NAME -n shop --clusterrole weir-rollouts --user NAME',
    );
    const operator = await access.callerOf('weirapi_one');
    expect(await access.mayUse(operator!, 'rollout', steered)).toBe(true);
    expect(asked).toHaveLength(4);
  });

  it('is nobody whom the API server does not know', async () => {
    expect(await access.callerOf('other')).toBeUndefined();
  });

  it('is not a user who is called like a role', async () => {
    users.set('evil', { ...JANE, username: 'operator' });
    allowed.clear();
    const caller = await access.callerOf('evil');
    expect(await access.mayUse(caller!, 'rotate')).toBe(false);
  });

  it('is asked about once in a while, and anew afterwards', async () => {
    await access.callerOf('janes');
    clock.advance(9_000);
    expect(await access.mayUse((await access.callerOf('janes'))!, 'read')).toBe(true);
    expect(asked).toHaveLength(2);
    users.clear();
    clock.advance(2_000);
    expect(await access.callerOf('janes')).toBeUndefined();
  });

  it('is nobody while the API server is away, and is asked about again at once', async () => {
    failure = new Error('connect ECONNREFUSED');
    const away = { status: 503, code: 'api-server-away', message: expect.stringContaining('ECONNREFUSED') as unknown };
    await expect(access.callerOf('janes')).rejects.toMatchObject(away);
    failure = undefined;
    const caller = await access.callerOf('janes');
    failure = new Error('timed out');
    await expect(access.mayUse(caller!, 'read')).rejects.toMatchObject({ status: 503 });
    failure = undefined;
    expect(await access.mayUse(caller!, 'read')).toBe(true);
  });

  it('is remembered within bounds', async () => {
    await access.callerOf('janes');
    for (let i = 0; i < 1000; i++) await access.callerOf(`guess ${i}`);
    await access.callerOf('janes');
    expect(asked).toHaveLength(1002);
  });
});
