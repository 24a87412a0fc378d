// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { FLAG, FRAME, type Frame, FrameSplitter, renderAcknowledgement, renderFields, renderFrame } from './http2-frames.ts';

const DATA: Frame = { type: FRAME.data, flags: FLAG.endStream, streamId: 3, payload: Buffer.from('hello') };
const PING: Frame = { type: FRAME.ping, flags: 0, streamId: 0, payload: Buffer.from('12345678') };

describe('renderFrame', () => {
  it('writes length, type, flags and stream before the payload', () => {
    expect(renderFrame(DATA).toString('hex')).toBe('00000500010000000368656c6c6f');
  });
});

describe('renderFields', () => {
  it('writes each as a literal that no table takes up', () => {
    expect(renderFields({ te: 'trailers', a: '' }).toString('latin1')).toBe('\0\x02te\x08trailers\0\x01a\0');
  });
});

describe('a frame splitter', () => {
  it('finds the same frames wherever the bytes are cut', () => {
    const bytes = Buffer.concat([renderFrame(DATA), renderFrame(PING)]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const frames: Frame[] = [];
      const splitter = new FrameSplitter(frame => frames.push(frame));
      splitter.push(bytes.subarray(0, cut));
      splitter.push(bytes.subarray(cut));
      expect(frames).toEqual([DATA, PING]);
    }
  });
});

describe('renderAcknowledgement', () => {
  it('gives a ping back', () => {
    expect(renderAcknowledgement(PING)).toEqual(renderFrame({ ...PING, flags: FLAG.ack }));
  });

  it('answers settings with empty ones', () => {
    const settings = { type: FRAME.settings, flags: 0, streamId: 0, payload: Buffer.alloc(6) };
    expect(renderAcknowledgement(settings)).toEqual(renderFrame({ ...settings, flags: FLAG.ack, payload: Buffer.alloc(0) }));
  });

  it('answers neither acknowledgements nor frames of streams', () => {
    expect(renderAcknowledgement({ ...PING, flags: FLAG.ack })).toBeUndefined();
    expect(renderAcknowledgement(DATA)).toBeUndefined();
  });
});
