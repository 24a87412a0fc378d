// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import {
  createManualClock,
  createRecordingHandler,
  createScriptedDispatch,
  createScriptedRandom,
  createTestExchange,
} from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { RetrySpec } from '../call-settings.ts';
import { RetryBudget } from './retry-budget.ts';
import { createRetryLayer } from './retry.ts';

interface Setting {
  readonly method?: string;
  readonly kinds?: RetrySpec['kinds'];
  readonly minPerSecond?: number;
}

describe('what a sidecar tells of its application', () => {
  function answer(told: string, { method = 'GET', kinds = ['Reset'], minPerSecond = 10 }: Setting = {}) {
    const clock = createManualClock();
    const upstream = createScriptedDispatch();
    const handler = createRecordingHandler();
    const budget = new RetryBudget({ share: 0.2, minPerSecond, clock });
    const codes = { statusCodes: [], grpcStatusCodes: [], retriesAllMethods: false };
    const layer = createRetryLayer(
      { attempts: 2, kinds, backoffMs: 100, ...codes },
      { clock, random: createScriptedRandom(0), budget },
    );
    layer(upstream.dispatch)(createTestExchange({ request: { method } }), handler);
    const head = { status: 503, headers: HeaderList.of(['weir-fault', told]), contentLength: undefined };
    upstream.last.handler.onHead(head);
    clock.advance(100);
    return { attempts: upstream.attempts.length, headers: [...head.headers.entries()], events: handler.events };
  }

  it.each<[string, Setting, number]>([
    ['upstream_connect_failed', {}, 2],
    ['upstream_connect_failed', { method: 'POST' }, 2],
    ['upstream_reset', {}, 2],
    ['upstream_reset', { method: 'POST' }, 1],
    ['upstream_reset', { kinds: ['Timeout'] }, 1],
    ['no_endpoints', {}, 1],
    ['constructor', {}, 1],
  ])('%s is a failure like one that is seen here (%o): attempts %i', (code, setting, attempts) => {
    expect(answer(code, setting).attempts).toBe(attempts);
  });

  it('goes no further, and is marked where no more retries are made', () => {
    expect(answer('upstream_reset', { method: 'POST' })).toMatchObject({ headers: [], events: ['head 503'] });
    expect(answer('upstream_connect_failed', { minPerSecond: 0 }).headers).toEqual([['weir-retry', 'exhausted']]);
  });
});
