// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { AccessPolicy, ExternalAuthorization, Resource } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { accessPolicyOf, backendOf, chainOf, matchOf, portOf, ruleOf, snapshotOf } from './sample/sample-snapshot.ts';
import { renderExplanation } from './text/render-explanation.ts';

const EXTERNAL: ExternalAuthorization = {
  service: { kind: 'grpc', headersToService: undefined },
  backend: 'backend/auth/check/9000/http2',
  label: 'auth/check:9000',
  timeoutMs: 1000,
  body: undefined,
  failsOpen: true,
};

function explained(...resources: readonly Resource[]): Explanation {
  const rule = ruleOf('cart', { matches: [matchOf('/')] });
  const attachments = rule.attachments.map(one => ({ ...one, access: 'access/asking' as const }));
  const all = [portOf(8080, '*'), { ...rule, attachments }, backendOf('cart', 9000), ...resources];
  return explain(snapshotOf(...all), { method: 'GET', url: 'http://shop.example:8080/', headers: new HeaderList() });
}

function underPolicy(parts: Partial<AccessPolicy>): Explanation {
  return explained(chainOf('access/asking', 'shop/asking'), accessPolicyOf('shop/asking', parts));
}

describe('explain of a request about which somebody has to be asked', () => {
  it('leaves the answer open, and says who', () => {
    const explanation = underPolicy({ externalAuthorization: EXTERNAL });
    expect(explanation.answer).toEqual({
      kind: 'undecided',
      detail: 'AccessPolicy shop/asking asks Service auth/check:9000; not asked here',
    });
    const text = renderExplanation(explanation, { isColour: false }).replaceAll(/\s+/g, ' ');
    expect(text).toContain('→ not decided here: AccessPolicy shop/asking asks Service auth/check:9000; not asked here');
    expect(text).toContain('external authorization: asks Service auth/check:9000, and goes on without');
  });

  it('still says what refuses it before anybody would be asked', () => {
    const addresses = { allow: ['192.0.2.0/24'], deny: [] };
    expect(underPolicy({ externalAuthorization: EXTERNAL, addresses }).answer).toMatchObject({ kind: 'refused', status: 403 });
  });
});
