// SPDX-License-Identifier: Apache-2.0
import { HTTP2_PREFACE, http2FramesIn } from '@weir/testing';
import { TYPE } from '../model/words.ts';
import { createSubject } from '../subjects/create-subject.ts';
import type { Role } from '../subjects/subject.ts';

/** Above this length only the byte-by-byte reading is tried: the cost of all splits grows with the square of the length. */
const LONGEST_SPLIT = 700;

/** Reads an input whole, byte by byte, and in two pieces cut at each byte in turn; says what came out differently, or nothing. */
export function checkSplits(bytes: Buffer, role: Role): string | undefined {
  const all = role === 'server' ? Buffer.concat([HTTP2_PREFACE, bytes]) : bytes;
  const whole = read([all], role);
  const isWrong = (pieces: readonly Buffer[]): boolean => read(pieces, role) !== whole;
  const octets = Array.from(all, (_, at) => all.subarray(at, at + 1));
  if (isWrong(octets)) return `read byte by byte: ${read(octets, role)}\n  in one piece: ${whole}`;
  if (all.length > LONGEST_SPLIT) return undefined;
  for (let at = 1; at < all.length; at++) {
    if (isWrong([all.subarray(0, at), all.subarray(at)])) return `split at byte ${at} it comes out differently`;
  }
  return undefined;
}

/** What came of it, but for window updates: when credit is given depends on the pieces, and the model watches that it is given. */
function read(pieces: readonly Buffer[], role: Role): string {
  const subject = createSubject(role);
  const sent = [subject.takeSent()];
  for (const piece of pieces) {
    subject.push(piece);
    sent.push(subject.takeSent());
  }
  // A socket that is destroyed does not send what has not been flushed.
  if (role === 'client' && subject.isOver) return JSON.stringify([subject.stories, subject.complaints]);
  const frames = http2FramesIn(Buffer.concat(sent)).filter(({ type }) => type !== TYPE.windowUpdate);
  return JSON.stringify([
    frames.map(({ type, flags, streamId, payload }) => [type, flags, streamId, payload.toString('hex')]),
    subject.stories,
    subject.complaints,
    subject.isOver,
  ]);
}
