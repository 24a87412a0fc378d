// SPDX-License-Identifier: Apache-2.0
import { createTestSigner } from '@weir/testing';
import type { RawResponse } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Protocol, Stage } from './stage/open-stage.ts';
import { tokenConsumer, tokenPolicy } from './stage/token-documents.ts';
import { CLIENT_ID, TokenIssuer } from './stage/token-issuer.ts';

let issuer: TokenIssuer;
let stage: Stage;

/** Claims go to headers, one of which a client may know; rules ask for a group, and for a word of the scope. */
const CLAIM_HEADERS = [
  { path: ['sub'], header: 'X-User' },
  { path: ['role'], header: 'X-Role' },
];

beforeAll(async () => {
  issuer = await TokenIssuer.open();
  const rules = [
    { name: 'gold', action: 'Allow', groups: ['gold'], claims: [{ path: ['scope'], values: ['orders'] }] },
    { name: 'no-deletes', action: 'Deny', methods: ['DELETE'] },
  ];
  const policy = tokenPolicy(issuer, { jwt: { claimsToHeaders: CLAIM_HEADERS }, spec: { authorization: { rules } } });
  stage = await openStage({
    backends: { main: 'echo' },
    documents: [
      route('guarded', [forward('/', 'main')]),
      route('open', [forward('/open', 'main')]),
      policy,
      tokenConsumer(issuer, CLIENT_ID, ['gold']),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

function send(protocol: Protocol, token: string | undefined, more: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
  const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...more };
  return stage.send(protocol, '/orders', { headers });
}

describe.each(PROTOCOLS)('over %s', protocol => {
  it('a token of the issuer admits its Consumer, and the backend is told who it is', async () => {
    const token = await issuer.token();
    const answer = await send(protocol, token, { 'x-user': 'root', 'x-role': 'admin', x_role: 'admin' });
    expect(answer.status, answer.text).toBe(200);
    const { headers } = answer.json() as { readonly headers: Readonly<Record<string, string>> };
    expect(headers).toMatchObject({ 'x-user': CLIENT_ID, authorization: `Bearer ${token}` });
    expect(headers).not.toHaveProperty('x-role');
    expect(headers).not.toHaveProperty('x_role');
  });

  it('no token is answered with 401 and what to bring', async () => {
    const answer = await send(protocol, undefined);
    expect([answer.status, answer.header('www-authenticate')]).toEqual([401, 'Bearer realm="customers"']);
  });

  it.each<[string, () => string]>([
    ['of another issuer', () => issuer.sign({ iss: 'https://evil.example' })],
    ['for another service', () => issuer.sign({ aud: 'urn:bank' })],
    ['that has expired', () => issuer.sign({ exp: 1_600_000_000 })],
    ['that holds in a year', () => issuer.sign({ nbf: 4_000_000_000 })],
    ['without an end', () => issuer.sign({ exp: undefined })],
    ['that somebody else has signed', () => createTestSigner('RS256', 'key-1').sign({ iss: issuer.url, aud: 'urn:shop' })],
    ['that is nothing', () => 'nonsense'],
  ])('a token %s is answered with 401, and nothing of the reason', async (_what, tokenOf) => {
    const answer = await send(protocol, tokenOf());
    expect([answer.status, answer.header('www-authenticate')]).toEqual([401, 'Bearer realm="customers", error="invalid_token"']);
    expect(Object.keys(answer.json() as object).sort()).toEqual(['code', 'requestId', 'status', 'title']);
  });

  it('a valid token without the right that a rule asks for is answered with 403', async () => {
    expect((await send(protocol, issuer.sign({ sub: 'somebody' }))).status).toBe(403);
    expect((await send(protocol, issuer.sign({ scope: 'reading' }))).status).toBe(403);
    const headers = { authorization: `Bearer ${issuer.sign({})}` };
    expect((await stage.send(protocol, '/orders', { method: 'DELETE', headers })).status).toBe(403);
  });
});

describe('a token', () => {
  it('is in no log, and the keys are not asked for again', async () => {
    const token = await issuer.token();
    const before = issuer.keyFetchCount;
    for (let i = 0; i < 20; i++) expect((await send('http', token)).status).toBe(200);
    expect(issuer.keyFetchCount - before).toBeLessThanOrEqual(1);
    expect(stage.weir.child.output).not.toContain(token.split('.')[2]);
    expect(await stage.weir.metrics()).toContain('weir_key_set_fetches_total{');
  });

  it('is asked for only where the policy holds', async () => {
    expect((await stage.send('http', '/open')).status).toBe(200);
  });
});
