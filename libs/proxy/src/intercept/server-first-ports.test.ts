// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ServerFirstPorts } from './server-first-ports.ts';

describe('ports whose servers speak first', () => {
  it('are known for ten minutes from when it was last seen', () => {
    const clock = createManualClock();
    const ports = new ServerFirstPorts(clock);
    ports.learn('shop/mail:2525');
    clock.advance(599_999);
    expect([ports.has('shop/mail:2525'), ports.has('shop/web:2525')]).toStrictEqual([true, false]);
    ports.learn('shop/mail:2525');
    clock.advance(599_999);
    expect(ports.has('shop/mail:2525')).toBe(true);
    clock.advance(1);
    expect(ports.has('shop/mail:2525')).toBe(false);
  });

  it('are 1,024 at most: the one seen longest ago goes', () => {
    const ports = new ServerFirstPorts(createManualClock());
    for (let i = 0; i < 1024; i++) ports.learn(`a:${i}`);
    ports.learn('a:0');
    ports.learn('b:1');
    expect([ports.has('a:0'), ports.has('a:1'), ports.has('a:2'), ports.has('b:1')]).toStrictEqual([true, false, true, true]);
  });
});
