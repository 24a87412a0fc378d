// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { JwtProvider, Resource } from '@weir/policy/snapshot';
import { createTestProvider, createTestSigner } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { accessPolicyOf, backendOf, chainOf, matchOf, portOf, ruleOf, snapshotOf } from './sample/sample-snapshot.ts';
import { renderExplanation } from './text/render-explanation.ts';

/** A route whose policy takes tokens of one issuer, with such a token. */
function askWithToken(keys: JwtProvider['keys'] | undefined, token: string | undefined): Explanation {
  const provider = createTestProvider([signer], { name: 'customers', ...(keys === undefined ? {} : { keys }) });
  const method = { kind: 'jwt', name: 'customers', provider, consumers: 'consumers/shop/', requiresConsumer: false } as const;
  const rule = ruleOf('cart', { matches: [matchOf('/')] });
  const resources: readonly Resource[] = [
    portOf(8080, '*'),
    { ...rule, attachments: rule.attachments.map(attachment => ({ ...attachment, access: 'access/tokens' })) },
    backendOf('cart', 9000),
    chainOf('access/tokens', 'shop/tokens'),
    accessPolicyOf('shop/tokens', { authentication: { admitsAnonymous: false, methods: [method] } }),
    { kind: 'consumers', name: 'consumers/shop/', consumers: [] },
  ];
  const headers = token === undefined ? new HeaderList() : HeaderList.of(['authorization', `Bearer ${token}`]);
  return explain(snapshotOf(...resources), { method: 'GET', url: 'http://shop.example:8080/', headers });
}

const signer = createTestSigner('ES256');
const claims = { iss: 'https://issuer.example', exp: 4_000_000_000 };

describe('explain of tokens', () => {
  const REMOTE = { kind: 'remote', url: 'https://issuer.example/jwks', refreshMs: 60_000, allowsPlaintext: false } as const;

  it('verifies them where the keys are in the configuration', () => {
    expect(askWithToken(undefined, signer.sign(claims)).answer).toMatchObject({ kind: 'forwarded' });
    const forged = createTestSigner('ES256', signer.keyId).sign(claims);
    expect(askWithToken(undefined, forged).answer).toMatchObject({ kind: 'refused', status: 401, code: 'unauthenticated' });
  });

  it('asks no issuer for keys, and says so', () => {
    const explanation = askWithToken(REMOTE, signer.sign(claims));
    expect(explanation.answer).toMatchObject({ kind: 'undecided' });
    const text = renderExplanation(explanation, { isColour: false });
    expect(text).toContain('not decided here: an access policy has to ask somebody else first');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'customers (jwt of https://issuer.example, keys from https://issuer.example/jwks)',
    );
  });

  it('says no where no keys are needed for it', () => {
    expect(askWithToken(REMOTE, undefined).answer).toMatchObject({ kind: 'refused', status: 401 });
    expect(askWithToken(REMOTE, signer.sign({ ...claims, iss: 'https://evil.example' })).answer).toMatchObject({ status: 401 });
  });
});
