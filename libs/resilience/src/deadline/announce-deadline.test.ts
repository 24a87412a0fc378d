// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { createManualClock, createRecordingHandler, createScriptedDispatch, createTestExchange } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeadlineLayer } from './announce-deadline.ts';

const GRPC = [['content-type', 'application/grpc']] as const;

interface Setting {
  readonly attemptTimeoutMs?: number;
  readonly sparesStreams?: boolean;
  readonly deadlineMs?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly isUpgrade?: boolean;
}

/** The fields that the backend gets at 1000 ms. */
function told({ attemptTimeoutMs = 0, sparesStreams = false, deadlineMs = Infinity, headers = [], isUpgrade }: Setting) {
  const clock = createManualClock();
  clock.advance(1000);
  const upstream = createScriptedDispatch();
  const exchange = createTestExchange({ request: { headers: HeaderList.of(...headers) } });
  exchange.deadlineMs = deadlineMs;
  if (isUpgrade === true) exchange.upgrade = 'websocket';
  createDeadlineLayer({ attemptTimeoutMs, sparesStreams, clock })(upstream.dispatch)(exchange, createRecordingHandler());
  const { headers: seen } = upstream.last.exchange.request;
  return [seen.get('weir-timeout-ms'), seen.get('grpc-timeout')];
}

describe('the deadline that a backend is told', () => {
  it.each<[string, Setting, (string | undefined)[]]>([
    ['is none without one', {}, [undefined, undefined]],
    ['is what is left of the request', { deadlineMs: 1500.9 }, ['500', undefined]],
    ['is that of the attempt where that is shorter', { deadlineMs: 1500, attemptTimeoutMs: 200 }, ['200', undefined]],
    ['is that of the attempt alone', { attemptTimeoutMs: 200 }, ['200', undefined]],
    ['is never 0', { deadlineMs: 900 }, ['1', undefined]],
    ['goes into grpc-timeout of gRPC', { deadlineMs: 1500, headers: GRPC }, [undefined, '500m']],
    ['replaces what a gRPC caller wrote', { deadlineMs: 1500, headers: [...GRPC, ['grpc-timeout', '9H']] }, [undefined, '500m']],
    [
      'leaves what a gRPC caller wrote that is none here',
      { headers: [...GRPC, ['grpc-timeout', '99999999H']] },
      [undefined, '99999999H'],
    ],
    ['has at most eight digits', { deadlineMs: 200_000_000_000, headers: GRPC }, [undefined, '99999999S']],
    [
      'of a gRPC attempt is none where streams are spared',
      { attemptTimeoutMs: 5, sparesStreams: true, headers: GRPC },
      [undefined, undefined],
    ],
    ['of an attempt is told also where streams are spared', { attemptTimeoutMs: 5, sparesStreams: true }, ['5', undefined]],
    ['is none of a WebSocket', { deadlineMs: 1500, isUpgrade: true }, [undefined, undefined]],
  ])('%s', (_, setting, expected) => {
    expect(told(setting)).toEqual(expected);
  });

  it('is never longer than what is left, but for the one millisecond that must be', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e12, noNaN: true }), fc.boolean(), (leftMs, isCall) => {
        const [plain, call] = told({ deadlineMs: 1000 + leftMs, headers: isCall ? GRPC : [] });
        const text = isCall ? (call ?? '') : `${plain ?? ''}m`;
        expect(text).toMatch(/^\d{1,8}S$|^\d+m$/v);
        const ms = Number(text.slice(0, -1)) * (text.endsWith('S') ? 1000 : 1);
        expect(ms).toBeLessThanOrEqual(Math.max(1, leftMs + 1e-3));
      }),
    );
  });
});
