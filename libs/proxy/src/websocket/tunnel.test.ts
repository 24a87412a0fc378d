// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import { createRecordingHandler, createScriptedDispatch, createTestExchange, TestBody } from '@weir/testing';
import type { RecordingHandler, ScriptedAttempt } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { TunnelRegistry } from './tunnel.ts';

const WHOLE_FRAME = Buffer.from([0x81, 0x01, 0x61]);
const HALF_A_FRAME = Buffer.from([0x81, 0x02, 0x61]);

interface OpenTunnel {
  readonly tunnels: TunnelRegistry;
  readonly handler: RecordingHandler;
  readonly attempt: ScriptedAttempt;
}

/** A WebSocket on which the server has said something. */
function openTunnel(said: Buffer): OpenTunnel {
  const tunnels = new TunnelRegistry();
  const upstream = createScriptedDispatch();
  const handler = createRecordingHandler();
  tunnels.wrap(upstream.dispatch)(createTestExchange({ body: new TestBody(undefined) }), handler);
  upstream.last.handler.onHead({ status: 101, headers: new HeaderList(), contentLength: undefined });
  upstream.last.handler.onData(said);
  return { tunnels, handler, attempt: upstream.last };
}

const ENDED = new Fault('drain_deadline', 'the gateway ended');

describe('a WebSocket when the gateway ends', () => {
  it('is closed with 1001 between two frames, and nothing fails', () => {
    const { tunnels, handler } = openTunnel(WHOLE_FRAME);
    tunnels.goAway();
    tunnels.failAll(ENDED);
    expect(handler.events).toEqual(['head 101', `data ${WHOLE_FRAME.toString('latin1')}`, 'data \x88\x02\x03\xe9', 'end']);
  });

  it('fails in the middle of a frame, on both sides', () => {
    const { tunnels, handler, attempt } = openTunnel(HALF_A_FRAME);
    tunnels.goAway();
    expect(handler.events).toHaveLength(2);
    tunnels.failAll(ENDED);
    tunnels.failAll(ENDED);
    expect(handler.events.slice(2)).toEqual(['fault drain_deadline']);
    expect(attempt.isCancelled).toBe(true);
  });
});
