// SPDX-License-Identifier: Apache-2.0
import { PassThrough } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { SESSION_LIFETIME_MS, SessionCache } from './session-cache.ts';
import type { ResumableSession } from './session-cache.ts';

function start() {
  const clock = createManualClock();
  const cache = new SessionCache(() => clock.nowMs());
  /** A connection whose server offers a session. */
  const offer = (text: string, { resumed, authorized = true }: Offer = {}): void => {
    const socket = new TLSSocket(new PassThrough());
    Object.assign(socket, { authorized, isSessionReused: () => resumed !== undefined });
    cache.learnFrom(socket, resumed);
    socket.emit('session', Buffer.from(text));
    socket.destroy();
  };
  return { clock, cache, offer, take: () => cache.take()?.session.toString() };
}

interface Offer {
  readonly resumed?: ResumableSession | undefined;
  readonly authorized?: boolean;
}

describe('SessionCache', () => {
  it('gives each session once, the latest first', () => {
    const { offer, take } = start();
    offer('a');
    offer('b');
    expect([take(), take(), take()]).toEqual(['b', 'a', undefined]);
  });

  it('keeps a few', () => {
    const { offer, take } = start();
    for (let i = 0; i < 20; i++) offer(String(i));
    const taken = Array.from({ length: 9 }, take);
    expect(taken).toEqual(['19', '18', '17', '16', '15', '14', '13', '12', undefined]);
  });

  it('keeps nothing of a server that was not verified', () => {
    const { offer, take } = start();
    offer('a', { authorized: false });
    expect(take()).toBeUndefined();
  });

  it('believes a certificate for a bounded time, however often it is resumed', () => {
    const { clock, cache, offer, take } = start();
    offer('a');
    clock.advance(SESSION_LIFETIME_MS - 1);
    const resumed = cache.take();
    expect(resumed).toBeDefined();
    offer('b', { resumed });
    clock.advance(1);
    expect(take()).toBeUndefined();
  });
});
