// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { GrpcReader } from './grpc-reader.ts';

const MAX_BYTES = 8;

function readAll(chunks: readonly Buffer[]): readonly string[] {
  const read: string[] = [];
  const reader = new GrpcReader(MAX_BYTES, message => void read.push(Buffer.from(message).toString()));
  for (const chunk of chunks) reader.push(chunk);
  return read;
}

const TWO = Buffer.from([0, 0, 0, 0, 2, 0x68, 0x69, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x21]);

describe('GrpcReader', () => {
  it('finds messages wherever the bytes are cut, empty ones too', () => {
    for (let first = 0; first <= TWO.length; first++) {
      for (let second = first; second <= TWO.length; second++) {
        expect(readAll([TWO.subarray(0, first), TWO.subarray(first, second), TWO.subarray(second)])).toEqual(['hi', '', '!']);
      }
    }
  });

  it('takes none that is larger than allowed, before its bytes have come', () => {
    expect(() => readAll([Buffer.from([0, 0, 0, 0, MAX_BYTES + 1])])).toThrow('a message of 9 bytes is larger than 8');
  });

  it('takes none that is compressed', () => {
    expect(() => readAll([Buffer.from([1, 0, 0, 0, 0])])).toThrow('the proxy sends compressed messages, which are not taken');
  });
});
