// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { answering, reply, startUpstream } from '@weir/testing';
import type { RawResponse, TestDocument, Upstream } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route, service } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

const run = promisify(execFile);
const NAMES = ['a', 'b', 'c', 'd'] as const;

let stage: Stage;
const endpoints = new Map<string, Upstream>();

beforeAll(async () => {
  for (const name of NAMES) endpoints.set(name, await startUpstream(answering(() => reply({ body: name }))));
  stage = await openStage({
    backends: {},
    documents: [
      ...service('one', portsOf('a', 'b')),
      ...service('other', portsOf('c', 'd')),
      ...service('sticky', portsOf('a', 'b', 'c', 'd')),
      ...service('moving', portsOf('a', 'b', 'c')),
      policy('sticky', { sessionName: 'sid' }),
      policy('moving', { type: 'Header', sessionName: 'X-Session' }),
      route('sessions', [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/shop/cart' } }, { path: { type: 'PathPrefix', value: '/shop/pay' } }],
          backendRefs: ['one', 'other'].map(name => ({ name, port: 80 })),
          sessionPersistence: { sessionName: 'shop', absoluteTimeout: '1h', cookieConfig: { lifetimeType: 'Permanent' } },
        },
        { ...forward('/own', 'sticky'), sessionPersistence: { type: 'Header' } },
        forward('/sticky', 'sticky'),
        forward('/moving', 'moving'),
      ]),
    ],
    flags: ['--workers', '2'],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await Promise.all([...endpoints.values()].map(endpoint => endpoint[Symbol.asyncDispose]()));
});

function portsOf(...names: readonly string[]): number[] {
  return names.map(name => endpoints.get(name)!.port);
}

function policy(name: string, sessionPersistence: object): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group: '', kind: 'Service', name }], sessionPersistence },
  };
}

function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
  return stage.send('http', path, { headers });
}

/** Who answers `count` requests, each on a connection of its own. */
async function answers(path: string, headers: Readonly<Record<string, string>>, count = 12): Promise<Set<string>> {
  const responses = await Promise.all(Array.from({ length: count }, () => ask(path, headers)));
  return new Set(responses.map(({ text }) => text));
}

/** `name=value` of the only cookie that an answer sets. */
function cookieOf(response: RawResponse): string {
  const [cookie = ''] = response.headers('set-cookie');
  return cookie.slice(0, cookie.indexOf(';'));
}

describe('a session of a route', () => {
  it('stays at one endpoint of one of its backends, in all workers', async () => {
    const first = await ask('/shop/cart');
    expect(first.headers('set-cookie')).toEqual([
      expect.stringMatching(/^shop=[\w-]{16}\.[0-9a-z]+; Path=\/shop; Max-Age=3[56]\d\d; HttpOnly; SameSite=Lax$/),
    ]);
    const cookie = `theme=dark; ${cookieOf(first)}`;
    expect(await answers('/shop/pay', { Cookie: cookie })).toEqual(new Set([first.text]));
    expect((await ask('/shop/pay', { Cookie: cookie })).headers('set-cookie')).toEqual([]);
  });

  it('is as good as any other for the balancer', async () => {
    expect(await answers('/shop/cart', {}, 40)).toEqual(new Set(NAMES));
  });

  it('is over TLS in a cookie that is sent over TLS only, for HTTP/2 too', async () => {
    const response = await stage.send('h2', '/shop/cart');
    expect(response.headers('set-cookie')[0]).toContain('; Secure;');
    const cookie = cookieOf(response);
    for (let i = 0; i < 8; i++) {
      expect((await stage.send('h2', '/shop/cart', { headers: { cookie } })).text).toBe(response.text);
    }
  });

  it.each(['shop=', 'shop=AAAAAAAAAAAAAAAA.zzzzzz', 'shop="; drop"', 'shop=AAAAAAAAAAAAAAAA.1'])(
    'begins anew where a client brings %s',
    async cookie => {
      const response = await ask('/shop/cart', { Cookie: cookie });
      expect([response.status, response.headers('set-cookie').length]).toEqual([200, 1]);
    },
  );

  it('may be carried in a header, and goes before the one of the Service', async () => {
    const first = await ask('/own');
    const [name] = first.fields.map(([field]) => field.toLowerCase()).filter(field => field.startsWith('weir-session-'));
    const [value = ''] = first.headers(name!);
    expect(first.headers('set-cookie')).toEqual([]);
    expect(await answers('/own', { [name!]: value })).toEqual(new Set([first.text]));
  });

  it('is kept by curl', async () => {
    const url = `http://127.0.0.1:${stage.ports.http}/shop/cart`;
    const { stdout } = await run('curl', ['--silent', '--cookie', 'none=1', '--cookie-jar', '/dev/null', `${url}?[1-12]`]);
    expect(new Set(stdout).size).toBe(1);
  });
});

describe('a session of a Service', () => {
  it('stays at one endpoint', async () => {
    const first = await ask('/sticky');
    expect(first.headers('set-cookie')).toEqual([expect.stringMatching(/^sid=\S+; Path=\/; HttpOnly; SameSite=Lax$/)]);
    expect(await answers('/sticky', { Cookie: cookieOf(first) })).toEqual(new Set([first.text]));
  });

  it('goes on at another endpoint when its own is gone, and stays there', async () => {
    const first = await ask('/moving');
    const [value = ''] = first.headers('x-session');
    const left = (['a', 'b', 'c'] as const).filter(name => name !== first.text);
    await stage.apply(service('moving', portsOf(...left)), async () => {
      const { text } = await ask('/moving', { 'X-Session': value });
      return text !== first.text;
    });
    const second = await ask('/moving', { 'X-Session': value });
    const [moved = ''] = second.headers('x-session');
    // The session is as old as before.
    expect(moved.split('.')[1]).toBe(value.split('.')[1]);
    expect(await answers('/moving', { 'X-Session': moved })).toEqual(new Set([second.text]));
  });
});
