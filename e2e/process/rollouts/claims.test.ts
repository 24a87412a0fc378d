// SPDX-License-Identifier: Apache-2.0
import { connectRaw } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { forward, route } from '../stage/documents.ts';
import { tokenPolicy } from '../stage/token-documents.ts';
import { TokenIssuer } from '../stage/token-issuer.ts';
import { healthy } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const USERS = Array.from({ length: 300 }, (_, index) => `user-${index}`);

let issuer: TokenIssuer;
let stage: RolloutStage;

beforeAll(async () => {
  issuer = await TokenIssuer.open();
  const documents = [route('catalogue', [forward('/', 'catalogue')]), tokenPolicy(issuer, { target: { name: 'catalogue' } })];
  stage = await RolloutStage.open({ revisions: { v1: healthy('v1'), v2: healthy('v2') }, documents });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

describe('clients that are told apart by a claim of their token', () => {
  it('keep their revision, whichever token of theirs they bring', async () => {
    const { rollout } = stage;
    await rollout.begin({ assignment: { claim: ['sub'] }, strategy: { canary: { steps: [{ weight: 40 }, { pause: {} }] } } });
    await rollout.comesTo(40);
    const first = await revisionsOf(USERS.map(sub => issuer.sign({ sub })));
    expect(await revisionsOf(USERS.map(sub => issuer.sign({ sub, jti: 'another' })))).toEqual(first);
    const share = (100 * first.filter(revision => revision === 'v2').length) / first.length;
    console.info(`${share.toFixed(1)} % of ${first.length} clients`);
    // Chance alone takes one of 100,000 further than this: 4.5 times 2.8 points.
    expect(Math.abs(share - 40)).toBeLessThan(13);
  });
});

describe('requests that are chosen by a claim', () => {
  it('get the new revision, by text, number and list, and others do not', async () => {
    const { rollout } = stage;
    const claims = [{ path: ['team', 'names'], values: ['beta', '7'] }];
    await rollout.begin({ strategy: { match: { requests: [{ claims }] } } });
    await rollout.comes('a match', ({ phase, step }) => phase === 'Progressing' && step?.arrivedAtMs !== undefined);
    const teams = ['beta', 7, ['alpha', 'beta'], 'gamma', ['alpha'], undefined];
    const tokens = teams.map(names => issuer.sign({ team: { names } }));
    expect(await revisionsOf(tokens)).toEqual(['v2', 'v2', 'v2', 'v1', 'v1', 'v1']);
  });
});

/** Who answers requests with these tokens. */
async function revisionsOf(tokens: readonly string[]): Promise<readonly string[]> {
  await using client = await connectRaw({ port: stage.ports.edge });
  const revisions: string[] = [];
  for (const token of tokens) {
    revisions.push((await client.request('/', { headers: { Authorization: `Bearer ${token}` } })).text);
  }
  return revisions;
}
