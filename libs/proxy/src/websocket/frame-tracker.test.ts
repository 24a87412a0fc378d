// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameTracker } from './frame-tracker.ts';

/** A frame's bytes, written down plainly. */
function frame(length: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0;
  let head = Buffer.from([0x82, mask | length]);
  if (length >= 65_536) {
    head = Buffer.from([0x82, mask | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(length), 2);
  } else if (length >= 126) {
    head = Buffer.from([0x82, mask | 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  }
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), Buffer.alloc(length, 0xff)]);
}

describe('a frame tracker', () => {
  it('is between frames after each whole one, and nowhere else', () => {
    const length = fc.oneof(fc.nat(300), fc.constantFrom(0, 125, 126, 127, 65_535, 65_536, 70_000));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(length, fc.boolean()), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (frames, steps) => {
          const tracker = new FrameTracker();
          for (const [bytes, isMasked] of frames) {
            let rest = frame(bytes, isMasked);
            for (const step of [...steps, rest.length]) {
              if (step >= rest.length) break;
              tracker.push(rest.subarray(0, step));
              rest = rest.subarray(step);
              expect(tracker.isBetweenFrames).toBe(false);
            }
            tracker.push(rest);
            expect(tracker.isBetweenFrames).toBe(true);
          }
        },
      ),
    );
  });
});
