// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { FaultCode } from '@weir/base';
import { createManualClock, createRecordingHandler, createScriptedDispatch, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { EndpointLatency } from './endpoint-latency.ts';
import { MeasuredCall } from './measured-call.ts';

const HEAD = { status: 200, headers: new HeaderList(), contentLength: 0 };

function begin() {
  const clock = createManualClock();
  const latency = new EndpointLatency(clock);
  const upstream = createScriptedDispatch();
  const handler = createRecordingHandler();
  const call = new MeasuredCall(latency, handler);
  call.follow(upstream.dispatch(createTestExchange(), call));
  return { clock, latency, upstream, handler, call };
}

describe('a measured call', () => {
  it('measures up to the head, and hands everything on', () => {
    const { clock, latency, upstream, handler, call } = begin();
    call.onInformation({ ...HEAD, status: 103 });
    clock.advance(30);
    call.onHead(HEAD);
    expect(latency.costMs(0)).toBe(30);
    expect(call.onData(Buffer.from('ok'))).toBe(true);
    call.resume();
    clock.advance(5_000);
    call.onEnd(undefined);
    expect(handler.events).toEqual(['information 103', 'head 200', 'data ok', 'end']);
    expect(upstream.last.resumeCount).toBe(1);
    expect(latency.costMs(0)).toBeLessThan(30);
  });

  it.each<[code: FaultCode, costMs: number]>([
    ['upstream_connect_failed', 1_000],
    ['client_closed', 0],
  ])('counts the fault %s as %i ms', (code, costMs) => {
    const { latency, handler, call } = begin();
    call.onFault(new Fault(code, 'broken'));
    expect(latency.costMs(0)).toBe(costMs);
    expect(handler.events).toEqual([`fault ${code}`]);
  });

  it('is measured once, whatever comes behind the head', () => {
    const { clock, latency, call } = begin();
    clock.advance(20);
    call.onHead(HEAD);
    call.onFault(new Fault('upstream_reset', 'broken'));
    call.cancel();
    expect(latency.costMs(0)).toBe(20);
  });

  it('cancels what it follows, and notes how long that has taken', () => {
    const { clock, latency, upstream, call } = begin();
    clock.advance(2_500);
    call.cancel();
    expect(upstream.last.isCancelled).toBe(true);
    expect(latency.costMs(0)).toBe(2_500);
  });
});
