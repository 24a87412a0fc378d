// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { MAX_REFUSAL_LINES, REFUSAL_WINDOW_MS, RefusalLimit } from './refusal-limit.ts';
import type { RefusalRecord } from './refusal-record.ts';

function start() {
  const clock = createManualClock();
  const taken: (readonly [clientPort: number, omittedCount: number])[] = [];
  const limit = new RefusalLimit(clock, ({ clientPort }, omittedCount) => void taken.push([clientPort, omittedCount]));
  const add = (count: number, port = 'port/127.0.0.1/443'): void => {
    for (let i = 1; i <= count; i++) limit.add(recordOf(port, i));
  };
  return { clock, taken, limit, add };
}

function recordOf(port: string, clientPort: number): RefusalRecord {
  const client = { clientAddress: '192.0.2.1', clientPort };
  return { port, protocol: 'TLS', ...client, fault: 'bad_request', faultDetail: 'x' };
}

describe('RefusalLimit', () => {
  it('lets a few through at once, and says nothing more of them', () => {
    const { clock, taken, add } = start();
    add(MAX_REFUSAL_LINES);
    clock.advance(REFUSAL_WINDOW_MS);
    expect(taken.map(([, omitted]) => omitted)).toEqual(Array.from({ length: MAX_REFUSAL_LINES }, () => 0));
    expect(clock.pendingTimerCount()).toBe(0);
  });

  it('gives the last of a flood a line that tells how many have none', () => {
    const { clock, taken, add } = start();
    add(500);
    expect(taken).toHaveLength(MAX_REFUSAL_LINES);
    clock.advance(REFUSAL_WINDOW_MS);
    expect(taken.slice(MAX_REFUSAL_LINES)).toEqual([[500, 500 - MAX_REFUSAL_LINES - 1]]);
    add(1);
    expect(taken.at(-1)).toEqual([1, 0]);
  });

  it('counts each port for itself', () => {
    const { taken, add } = start();
    add(500);
    add(1, 'port/127.0.0.1/80');
    expect(taken).toHaveLength(MAX_REFUSAL_LINES + 1);
  });

  it('loses nothing at its end', () => {
    const { clock, taken, add, limit } = start();
    add(MAX_REFUSAL_LINES + 1);
    limit.close();
    expect(taken.at(-1)).toEqual([MAX_REFUSAL_LINES + 1, 0]);
    expect(clock.pendingTimerCount()).toBe(0);
  });
});
