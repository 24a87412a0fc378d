// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { createManualClock } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { RelayHub } from './relay-hub.ts';

const CART = 'shop/cart/one';

let clock: ReturnType<typeof createManualClock>;
let hub: RelayHub;

beforeEach(() => {
  clock = createManualClock();
  hub = new RelayHub({ clock, isConnected: proxy => proxy === CART });
});

function offer(proxy = CART, peer = 'shop/cart'): PassThrough {
  const socket = new PassThrough().on('error', () => undefined);
  hub.offer({ peer, proxy, socket });
  return socket;
}

async function end(socket: PassThrough): Promise<void> {
  socket.destroy();
  await once(socket, 'close');
}

describe('connections that proxies offer', () => {
  it('are given out once each, to who asks for that proxy', async () => {
    const [first, second] = [offer(), offer()];
    offer('shop/cart/two');
    expect([await hub.take(CART), await hub.take(CART)]).toEqual([first, second]);
    const waiting = hub.take(CART);
    const third = offer();
    expect(await waiting).toBe(third);
  });

  it('are at most two a proxy, and 1,024 of one identity', () => {
    const sockets = [offer(), offer(), offer()];
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, true]);
    const many = Array.from({ length: 1023 }, (_, i) => offer(`shop/cart/${i}`));
    expect(many.filter(({ destroyed }) => destroyed)).toHaveLength(1);
    expect(offer('shop/stock/one', 'shop/stock').destroyed).toBe(false);
  });

  it('leave nothing behind where there are enough: who offers them chooses their names', async () => {
    for (let i = 0; i < 1024; i++) offer(`shop/cart/${i}`);
    expect(offer('shop/cart/more').destroyed).toBe(true);
    await expect(hub.take('shop/cart/more')).rejects.toMatchObject({ refusal: 'unknown' });
  });

  it('make room when they end or are taken', async () => {
    const [first] = [offer(), offer()];
    await end(first);
    expect(offer().destroyed).toBe(false);
    await hub.take(CART);
    expect(offer().destroyed).toBe(false);
    expect(offer().destroyed).toBe(true);
  });

  it('are ended when something comes on them unasked, and are not looked at once they are taken', async () => {
    const [spoken, taken] = [offer(), offer()];
    spoken.write('hello');
    await once(spoken, 'close');
    expect(await hub.take(CART)).toBe(taken);
    const received = once(taken, 'data');
    taken.write('answer');
    await received;
    expect(taken.destroyed).toBe(false);
  });

  it('end with the hub, but for those in use', async () => {
    const [used, spare] = [offer(), offer()];
    await hub.take(CART);
    hub.close();
    expect([used.destroyed, spare.destroyed]).toEqual([false, true]);
  });
});

describe('a proxy that cannot be asked', () => {
  it('is unknown at once where nobody is connected under that name', async () => {
    await expect(hub.take('shop/cart/other')).rejects.toMatchObject({ refusal: 'unknown' });
  });

  it('is waited for, and then said to have no relay', async () => {
    const taking = hub.take(CART);
    clock.advance(4999);
    expect(hub.isOffered(CART)).toBe(false);
    clock.advance(1);
    await expect(taking).rejects.toMatchObject({ refusal: 'no-relay' });
  });

  it('is busy while it answers others', async () => {
    const socket = offer();
    await hub.take(CART);
    expect(hub.isOffered(CART)).toBe(true);
    const taking = hub.take(CART);
    clock.advance(5000);
    await expect(taking).rejects.toMatchObject({ refusal: 'busy' });
    await end(socket);
    expect(hub.isOffered(CART)).toBe(false);
  });

  it('is busy at once where 32 wait already', async () => {
    const waiting = Array.from({ length: 32 }, () => hub.take(CART));
    await expect(hub.take(CART)).rejects.toMatchObject({ refusal: 'busy' });
    clock.advance(5000);
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(true);
  });
});
