// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { BodySink, Exchange } from '@weir/base';
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { DownstreamBody } from '../http1/downstream-body.ts';
import { sendMirror } from './mirror.ts';

const idle = {
  pauseReading: () => undefined,
  resumeReading: () => undefined,
  onBodyWanted: () => undefined,
  onDiscardLimit: () => undefined,
};

function mirrored(isTaking: boolean) {
  const body = new DownstreamBody(idle, undefined);
  const original = createTestExchange({ body, request: { headers: HeaderList.of(['x-a', '1']) } });
  original.served.listener = 'shop/edge/http';
  const seen: string[] = [];
  let copy: Exchange | undefined;
  const taker: BodySink = {
    onData: chunk => {
      seen.push(chunk.toString());
      return isTaking;
    },
    onEnd: () => void seen.push('end'),
    onFault: fault => void seen.push(fault.code),
  };
  sendMirror(
    original,
    exchange => {
      copy = exchange;
      exchange.body.pipe(taker);
      return { resume: () => undefined, cancel: () => undefined };
    },
    4,
  );
  return { body, original, seen, copy };
}

describe('sendMirror', () => {
  it('sends the head as it is now, unshared with the original', () => {
    const { original, copy } = mirrored(true);
    original.request.headers.set('x-a', '2');
    expect(copy?.request.headers.get('x-a')).toBe('1');
  });

  it('gives the mirror the body as the original gets it', () => {
    const { body, seen } = mirrored(true);
    body.pipe({ onData: () => true, onEnd: () => undefined, onFault: () => undefined });
    body.onData(Buffer.from('ab'));
    body.onData(Buffer.from('cd'));
    body.onEnd(undefined);
    expect(seen).toEqual(['ab', 'cd', 'end']);
  });

  it('drops the copy of a mirror that falls too far behind, and the original goes on', () => {
    const { body, seen } = mirrored(false);
    const original: string[] = [];
    body.pipe({ onData: chunk => original.push(chunk.toString()) > 0, onEnd: () => undefined, onFault: () => undefined });
    for (const text of ['ab', 'cd', 'ef', 'gh']) body.onData(Buffer.from(text));
    expect(seen).toEqual(['ab', 'overloaded']);
    expect(original).toEqual(['ab', 'cd', 'ef', 'gh']);
  });

  it('is of the listener of the original, whose certificate its backend sees', () => {
    expect(mirrored(true).copy?.served).toMatchObject({ listener: 'shop/edge/http', endpoint: '' });
  });
});
