// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange, Filter } from '@weir/base';
import type { AccessGuard, AccessPolicy, ExternalAuthorization } from '@weir/policy/snapshot';
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { NotAsked } from '../service-call/service-call.ts';
import type { CallBackend, ServiceAnswer } from '../service-call/service-call.ts';
import { filterOf, policyOf, ruleOf, storeOf } from './access-lab.ts';

function externalOf(name: string, parts: Partial<ExternalAuthorization> = {}): ExternalAuthorization {
  const path = { kind: 'prefixed', value: '' } as const;
  return {
    service: { kind: 'http', path, headersToService: [], headersToBackend: [`x-${name}`], headersToClient: undefined },
    backend: name,
    label: `auth/${name}:9000`,
    timeoutMs: 1000,
    body: undefined,
    failsOpen: false,
    ...parts,
  };
}

function asking(name: string, parts: Partial<AccessPolicy> = {}): AccessPolicy {
  return policyOf(`shop/${name}`, { externalAuthorization: externalOf(name), ...parts });
}

function filterFor(policies: readonly AccessPolicy[], scene: Scene): Filter {
  const { guard = {}, callBackend } = scene;
  const guards = Object.fromEntries(policies.map(({ label }) => [label, guard]));
  return filterOf(storeOf(policies, { guards, callBackend }));
}

interface Scene {
  readonly guard?: Partial<AccessGuard>;
  readonly callBackend?: CallBackend | undefined;
}

/** Answers by the name of the backend; what is not there cannot be asked. */
function services(answers: Readonly<Record<string, Partial<ServiceAnswer>>>) {
  const asked: string[] = [];
  const callBackend: CallBackend = async (name, { headers }) => {
    asked.push(name);
    expect(headers.has('x-forwarded-uri')).toBe(true);
    const answer = answers[name];
    if (answer === undefined) throw new Fault('upstream_connect_failed', 'refused');
    return { status: 200, headers: new HeaderList(), body: Buffer.alloc(0), trailers: undefined, ...answer };
  };
  return { asked, callBackend };
}

/** What becomes of the request: a fault's code, the status of a reply, or that it goes on. */
async function ask(filter: Filter, exchange: Exchange = createTestExchange()): Promise<string> {
  try {
    const verdict = await filter.onRequest?.(exchange);
    return verdict?.kind === 'reply' ? `replied ${verdict.response.status}` : 'admitted';
  } catch (reason) {
    return reason instanceof Fault ? reason.code : String(reason);
  }
}

describe('a chain of policies that ask services', () => {
  it('asks all of them, the widest first, and each adds what it says', async () => {
    const { asked, callBackend } = services({
      wide: { headers: HeaderList.of(['x-wide', '1']) },
      narrow: { headers: HeaderList.of(['x-narrow', '2']) },
    });
    const exchange = createTestExchange();
    expect(await ask(filterFor([asking('wide'), asking('narrow')], { callBackend }), exchange)).toBe('admitted');
    expect(asked).toEqual(['wide', 'narrow']);
    expect([...exchange.request.headers.entries()]).toEqual([
      ['x-wide', '1'],
      ['x-narrow', '2'],
    ]);
  });

  it('ends with the first that says no, and notes who it was', async () => {
    const { asked, callBackend } = services({ wide: { status: 401 }, narrow: {} });
    const exchange = createTestExchange();
    expect(await ask(filterFor([asking('wide'), asking('narrow')], { callBackend }), exchange)).toBe('replied 401');
    expect(asked).toEqual(['wide']);
    expect(exchange).toMatchObject({
      fault: 'access_denied',
      decidedBy: 'shop/wide',
      faultDetail: 'AccessPolicy shop/wide: Service auth/wide:9000 denies it with 401',
    });
  });

  it('refuses with 503 where one cannot be asked, unless that one says to go on', async () => {
    const { callBackend } = services({ wide: {} });
    expect(await ask(filterFor([asking('wide'), asking('narrow')], { callBackend }))).toBe('policy_unavailable');
    const open = asking('narrow', { externalAuthorization: externalOf('narrow', { failsOpen: true }) });
    expect(await ask(filterFor([asking('wide'), open], { callBackend }))).toBe('admitted');
    // Going on is each policy's own: one that says so opens nothing of another.
    expect(await ask(filterFor([open, asking('closed')], { callBackend }))).toBe('policy_unavailable');
  });

  it('asks nobody about what its rules refuse', async () => {
    const { asked, callBackend } = services({ wide: {} });
    const filter = filterFor([asking('wide'), asking('narrow', { denyRules: [ruleOf('all')] })], { callBackend });
    expect(await ask(filter)).toBe('access_denied');
    expect(asked).toEqual([]);
  });

  it('asks nobody where a narrower policy has relaxed the part, or where it only looks on', async () => {
    const { asked, callBackend } = services({});
    expect(await ask(filterFor([asking('p')], { callBackend, guard: { relaxed: ['externalAuthorization'] } }))).toBe('admitted');
    expect(await ask(filterFor([asking('p', { isShadow: true })], { callBackend }))).toBe('admitted');
    expect(asked).toEqual([]);
  });

  it('says whom it would have to ask where nobody may be asked', () => {
    const filter = filterFor([asking('wide')], { callBackend: undefined });
    expect(() => filter.onRequest?.(createTestExchange())).toThrow(NotAsked);
  });

  it('takes no connection that is carried whole', () => {
    const chain = storeOf([asking('wide')]).chain('access/all').current;
    expect(() => chain?.admitConnection('10.0.0.1')).toThrow('externalAuthorization asks for what');
  });

  it('lets a Service that gets copies of requests have none of what it would have to be asked about', async () => {
    const { asked, callBackend } = services({ copies: {} });
    const store = storeOf([asking('copies')], { callBackend });
    const exchange = createTestExchange();
    const mirrors = [{ backend: 'backend/shop/copies/80', chain: 'access/all' }];
    await filterOf(store, { chains: [], mirrors }).onRequest?.(exchange);
    expect([exchange.admittedMirrors, asked]).toEqual([[], []]);
  });
});
