// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { BodySink } from '@weir/base';
import { describe, expect, it } from 'vitest';
import { DownstreamBody } from './downstream-body.ts';

function connection() {
  const calls: string[] = [];
  return {
    calls,
    pauseReading: () => void calls.push('pause'),
    resumeReading: () => void calls.push('resume'),
    onBodyWanted: () => void calls.push('wanted'),
    onDiscardLimit: () => void calls.push('limit'),
  };
}

function sink(isTaking = true) {
  const seen: string[] = [];
  const taker: BodySink = {
    onData: chunk => {
      seen.push(chunk.toString());
      return isTaking;
    },
    onEnd: () => void seen.push('end'),
    onFault: fault => void seen.push(fault.code),
  };
  return { seen, taker };
}

describe('DownstreamBody', () => {
  it('keeps what comes before anyone wants it, and stops reading meanwhile', () => {
    const host = connection();
    const body = new DownstreamBody(host, undefined);
    body.onData(Buffer.from('a'));
    body.onEnd(undefined);
    expect(body.isStarted).toBe(false);
    const { seen, taker } = sink();
    body.pipe(taker);
    expect(seen).toEqual(['a', 'end']);
    expect(host.calls).toEqual(['pause']);
    expect(body.isStarted).toBe(true);
  });

  it('asks the client for the body when it is wanted, once', () => {
    const host = connection();
    const body = new DownstreamBody(host, 3);
    body.pipe(sink().taker);
    body.pipe(sink().taker);
    expect(host.calls).toEqual(['wanted', 'resume', 'resume']);
  });

  it('stops reading while its sink has enough', () => {
    const host = connection();
    const body = new DownstreamBody(host, 3);
    body.pipe(sink(false).taker);
    body.onData(Buffer.from('a'));
    body.resume();
    expect(host.calls).toEqual(['wanted', 'resume', 'pause', 'resume']);
  });

  it('gives a second taker the same bytes, whatever the first one does', () => {
    const body = new DownstreamBody(connection(), undefined);
    const [first, copy] = [sink(false), sink()];
    body.onData(Buffer.from('a'));
    body.tee(copy.taker);
    body.pipe(first.taker);
    body.onData(Buffer.from('b'));
    body.onFault(new Fault('client_closed', 'gone'));
    expect(first.seen).toEqual(['a', 'b', 'client_closed']);
    expect(copy.seen).toEqual(['a', 'b', 'client_closed']);
  });

  it('reads an unwanted rest only up to the limit', () => {
    const host = connection();
    const body = new DownstreamBody(host, undefined);
    body.discard(3);
    body.onData(Buffer.from('ab'));
    expect(host.calls).toEqual(['resume']);
    body.onData(Buffer.from('cd'));
    expect(host.calls).toEqual(['resume', 'limit']);
  });
});
