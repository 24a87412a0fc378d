// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { SessionPersistence } from '@weir/policy/snapshot';
import { createManualClock, createTestExchange } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSession } from './open-session.ts';
import { SessionEndpoints } from './session-endpoints.ts';

const COOKIE: SessionPersistence = { by: 'cookie', name: 'sid', path: '/shop', lifetimeMs: 60_000, isPermanent: true };
const HEADER: SessionPersistence = { by: 'header', name: 'x-sid', path: '/', lifetimeMs: undefined, isPermanent: false };
const ID = 'abcdefgh-_234567';

function bench(spec: SessionPersistence, isTls = false) {
  const clock = createManualClock();
  const open = (...headers: readonly (readonly [string, string])[]) =>
    openSession(createTestExchange({ request: { headers: HeaderList.of(...headers) }, downstream: { isTls } }), spec, clock);
  const keep = (session: ReturnType<typeof open>, id = ID): string => {
    const headers = new HeaderList();
    session.keep(id, headers);
    return [...headers.entries()].map(([name, value]) => `${name}: ${value}`).join();
  };
  return { clock, open, keep };
}

describe('a session', () => {
  it('is carried in a cookie, for as long as it has left', () => {
    const { clock, open, keep } = bench(COOKIE, true);
    const first = keep(open());
    expect(first).toMatch(
      /^set-cookie: sid=abcdefgh-_234567\.\w+; Path=\/shop; Max-Age=(60|61); Secure; HttpOnly; SameSite=Lax$/,
    );
    const cookie = /sid=[^;]+/.exec(first)![0];
    clock.advance(30_000);
    const second = open(['cookie', `a=1; ${cookie}`]);
    expect([second.endpointId, keep(second)]).toEqual([ID, '']);
    expect(keep(second, 'another-endpoint')).toMatch(/Max-Age=(29|30|31);/);
  });

  it('ends with its lifetime', () => {
    const { clock, open, keep } = bench(COOKIE);
    const cookie = /sid=[^;]+/.exec(keep(open()))![0];
    clock.advance(61_000);
    const late = open(['cookie', cookie]);
    expect(late.endpointId).toBeUndefined();
    expect(keep(late)).toContain('Max-Age=60');
  });

  it('is carried in a header', () => {
    const { open, keep } = bench(HEADER);
    const [name, value] = keep(open()).split(': ') as [string, string];
    expect(name).toBe('x-sid');
    expect(open([name, value]).endpointId).toBe(ID);
  });

  it('is none, whatever a client writes, or names an endpoint', () => {
    const { open } = bench(HEADER);
    const endpoints = new SessionEndpoints('shop/cart:80', ['10.0.0.1:80', '10.0.0.2:80']);
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), text => {
        const { endpointId } = open(['x-sid', text]);
        expect(endpointId === undefined ? -1 : endpoints.indexOf(endpointId)).toBe(-1);
      }),
    );
  });
});

describe('the endpoints of a backend', () => {
  it('have names that do not tell their address, and differ from those of any other backend', () => {
    const keys = ['10.0.0.1:80', '10.0.0.2:80'];
    const cart = new SessionEndpoints('shop/cart:80', keys);
    const pay = new SessionEndpoints('shop/pay:80', keys);
    expect(keys.map((_, index) => cart.indexOf(cart.idAt(index)))).toEqual([0, 1]);
    expect(cart.indexOf(pay.idAt(0))).toBe(-1);
    expect(cart.idAt(0)).toMatch(/^[\w-]{16}$/);
  });
});
