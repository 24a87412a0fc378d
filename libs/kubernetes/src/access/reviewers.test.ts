// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../api/api-connection.ts';
import { AccessReviewer } from './access-reviewer.ts';
import { UserReviewer } from './user-reviewer.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenFor = (aud: unknown): string => `${part({ alg: 'RS256' })}.${part({ aud })}.c2lnbmF0dXJl`;
const JANE = { username: 'jane', uid: '7', groups: ['people'], extra: {} };

/** An API server that gives one answer. */
function answering(answer: unknown): { readonly asked: unknown[]; ask(request: ApiRequest): Promise<string> } {
  const asked: unknown[] = [];
  return {
    asked,
    ask({ path, body = '' }) {
      asked.push({ path, spec: (JSON.parse(body) as { readonly spec: unknown }).spec });
      return Promise.resolve(JSON.stringify(answer));
    },
  };
}

describe('the user behind a token', () => {
  const review = (status: object, token: string): Promise<unknown> => new UserReviewer(answering({ status })).userOf(token);

  it('is asked for by the audience of the API where the token is for it, else by those of the API server', async () => {
    const api = answering({ status: { authenticated: true, audiences: ['weir-api'], user: JANE } });
    const [ours, own] = [tokenFor(['weir-api']), 'opaque'];
    expect(await new UserReviewer(api).userOf(ours)).toEqual(JANE);
    expect(await new UserReviewer(api).userOf(own)).toEqual(JANE);
    const path = '/apis/authentication.k8s.io/v1/tokenreviews';
    expect(api.asked).toEqual([
      { path, spec: { token: ours, audiences: ['weir-api'] } },
      { path, spec: { token: own } },
    ]);
  });

  it.each([
    ['is not believed', { error: 'expired' }],
    ['is not said to be for the API', { authenticated: true, user: JANE }],
    ['has no user', { authenticated: true, audiences: ['weir-api'] }],
    ['has a user without a name', { authenticated: true, audiences: ['weir-api'], user: { groups: ['system:masters'] } }],
  ])('is nobody where it %s', async (_, status) => {
    expect(await review(status, tokenFor('weir-api'))).toBeUndefined();
  });

  it.each(['', 'x'.repeat(8193)])('is not asked for where it can be none', async token => {
    const api = answering({ status: { authenticated: true, user: JANE } });
    expect(await new UserReviewer(api).userOf(token)).toBeUndefined();
    expect(api.asked).toEqual([]);
  });

  it('is not asked for while many are', async () => {
    const reviewer = new UserReviewer({ ask: () => Promise.withResolvers<string>().promise });
    for (let i = 0; i < 16; i++) void reviewer.userOf('opaque');
    await expect(reviewer.userOf('opaque')).rejects.toThrow('16 tokens are being reviewed already');
  });
});

describe('a right', () => {
  const wanted = { verb: 'get', group: 'weir.dev', resource: 'controlplanes' };

  it('is what the API server says of a user, who is told whole', async () => {
    const api = answering({ status: { allowed: true } });
    expect(await new AccessReviewer(api).isAllowed(JANE, wanted)).toBe(true);
    const { username: user, ...rest } = JANE;
    expect(api.asked).toEqual([
      { path: '/apis/authorization.k8s.io/v1/subjectaccessreviews', spec: { user, ...rest, resourceAttributes: wanted } },
    ]);
  });

  it('can be asked for by who would have it', async () => {
    const api = answering({ status: { allowed: false } });
    expect(await new AccessReviewer(api).mayI(wanted)).toBe(false);
    expect(api.asked).toEqual([
      { path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', spec: { resourceAttributes: wanted } },
    ]);
  });
});
