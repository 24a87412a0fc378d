// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../api/api-connection.ts';
import { ApiError } from '../api/cluster-api.ts';
import { PodReader } from './pod-reader.ts';
import { TokenReviewer } from './token-reviewer.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenFor = (aud: unknown): string => `${part({ alg: 'RS256' })}.${part({ aud, sub: 'who cares' })}.c2lnbmF0dXJl`;
const POD = { 'authentication.kubernetes.io/pod-name': ['cart-1'], 'authentication.kubernetes.io/pod-uid': ['u1'] };
const CART = { authenticated: true, audiences: ['weir'], user: { username: 'system:serviceaccount:shop:cart', extra: POD } };

/** An API server that gives one answer. */
function answering(answer: unknown): { readonly asked: ApiRequest[]; ask(request: ApiRequest): Promise<string> } {
  const asked: ApiRequest[] = [];
  return {
    asked,
    ask(request) {
      asked.push(request);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(JSON.stringify(answer));
    },
  };
}

describe('a token of a service account', () => {
  it('says who a Pod is, by the word of the API server and for the audience of Weir alone', async () => {
    const api = answering({ status: CART });
    const token = tokenFor(['weir']);
    const pod = { namespace: 'shop', name: 'cart-1', uid: 'u1' };
    expect(await new TokenReviewer(api).review(token)).toEqual({ kind: 'known', identity: 'shop/cart', pod });
    expect(JSON.parse(api.asked[0]?.body ?? '')).toMatchObject({ spec: { token, audiences: ['weir'] } });
  });

  it('may be bound to no Pod', async () => {
    const unbound = { ...CART, user: { username: CART.user.username } };
    expect(await new TokenReviewer(answering({ status: unbound })).review(tokenFor('weir'))).toMatchObject({ pod: undefined });
  });

  it.each([
    ['is not believed', { error: 'token has expired' }, 'does not believe the token: token has expired'],
    ['is for another audience', { ...CART, audiences: ['api'] }, 'does not say that the token is for weir'],
    ['comes from an API server without audiences', { authenticated: true, user: CART.user }, 'does not say'],
    ['is of a person', { ...CART, user: { username: 'jane' } }, 'jane is no service account'],
    ['has a longer name', { ...CART, user: { username: 'system:serviceaccount:a:b:c' } }, 'is no service account'],
  ])('proves nothing where it %s', async (_, status, reason) => {
    const verdict = await new TokenReviewer(answering({ status })).review(tokenFor('weir'));
    expect(verdict).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) as unknown });
  });

  it.each([
    ['no token', 'this is no token of a service account'],
    ['a.b', 'this is no token of a service account'],
    [`${tokenFor('weir')}.more`, 'this is no token of a service account'],
    [`x${'.'.repeat(9000)}`, 'this is no token of a service account'],
    [tokenFor(['https://kubernetes.default.svc']), 'the token is for "https://kubernetes.default.svc" and not for weir'],
    [tokenFor(undefined), 'this is no token of a service account'],
  ])('is not even asked about where it is %j', async (token, reason) => {
    const api = answering({ status: CART });
    expect(await new TokenReviewer(api).review(token)).toMatchObject({ reason: expect.stringContaining(reason) as unknown });
    expect(api.asked).toEqual([]);
  });

  it('is not reviewed while very many are', async () => {
    const reviewer = new TokenReviewer({ ask: () => Promise.withResolvers<string>().promise });
    for (let i = 0; i < 64; i++) void reviewer.review(tokenFor('weir'));
    await expect(reviewer.review(tokenFor('weir'))).rejects.toThrow('64 tokens are being reviewed already');
  });
});

describe('a Pod', () => {
  const bound = { namespace: 'shop', name: 'cart-1', uid: 'u1' };
  const pod = (fields: object): object => ({
    metadata: { uid: 'u1' },
    spec: {},
    status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
    ...fields,
  });
  const read = (answer: unknown): Promise<readonly string[] | undefined> => new PodReader(answering(answer)).addressesOf(bound);

  it('is where its status says', async () => {
    expect(await read(pod({}))).toEqual(['10.0.0.1', 'fd00::1']);
    expect(await read(pod({ status: {} }))).toEqual([]);
  });

  it('has no address of its own on the network of its node', async () => {
    expect(await read(pod({ spec: { hostNetwork: true } }))).toEqual([]);
  });

  it('is another one where its name was given again, and none where there is none', async () => {
    expect(await read(pod({ metadata: { uid: 'u2' } }))).toBeUndefined();
    expect(await read(new ApiError(404, { reason: 'NotFound', message: 'no such Pod' }))).toBeUndefined();
    await expect(read(new ApiError(403, { reason: 'Forbidden', message: 'not yours' }))).rejects.toThrow('not yours');
  });
});
