// SPDX-License-Identifier: Apache-2.0
import { FRAME } from '../http2/frame.ts';

/**
 * What a server says before its client has said anything: `http2`: its settings, which it need not wait for the preface with
 * (RFC 9113 §3.4); `http1`: an answer that nobody asked for, such as 408 to a client that is silent for long; `first`: it is the one that
 * begins, as with SMTP or MySQL; `undecided`: more bytes are needed.
 */
export type ServerWords = 'first' | 'http1' | 'http2' | 'undecided';

const STATUS_LINE = Buffer.from('HTTP/1.', 'latin1');
const FRAME_HEAD_BYTES = 9;
const SETTING_BYTES = 6;

export function classifyServerWords(bytes: Buffer): ServerWords {
  const length = Math.min(bytes.length, STATUS_LINE.length);
  if (bytes.compare(STATUS_LINE, 0, length, 0, length) === 0) return length === STATUS_LINE.length ? 'http1' : 'undecided';
  if (!beginsLikeSettings(bytes)) return 'first';
  return bytes.length < FRAME_HEAD_BYTES ? 'undecided' : 'http2';
}

/** The head of a SETTINGS frame (RFC 9113 §6.5) as far as it has come: 24 bits of length, type, no flags, stream 0. */
function beginsLikeSettings(bytes: Buffer): boolean {
  const head = bytes.subarray(0, FRAME_HEAD_BYTES);
  const isLengthPossible = head[0] === 0 && (head.length < 3 || head.readUIntBE(0, 3) % SETTING_BYTES === 0);
  const isTypePossible = head.length < 4 || head[3] === FRAME.settings;
  return isLengthPossible && isTypePossible && head.subarray(4).every(byte => byte === 0);
}
