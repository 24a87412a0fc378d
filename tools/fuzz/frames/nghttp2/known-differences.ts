// SPDX-License-Identifier: Apache-2.0
import type { TestFrame } from '@weir/testing';
import { BODY_UNLIKE_LENGTH } from '../model/received-data.ts';
import { BIT, FIRST_WINDOW, MAX_WINDOW, SETTING_ID, TYPE } from '../model/words.ts';

/** How Weir and nghttp2 part over the same bytes. `requests`: both go on, and have read other requests. */
export type PartingKind = 'only-nghttp2-ends' | 'only-weir-ends' | 'requests';

export interface Parting {
  readonly kind: PartingKind;
  readonly frames: readonly TestFrame[];
  /** What the model found wrong about the frames that Weir took, `KIND: RULE`. */
  readonly rules: readonly string[];
}

/** A way in which Weir and Node's nghttp2 may differ, with its reason. */
export interface KnownDifference {
  readonly name: string;
  /** Why Weir is right, or why it does not matter. */
  readonly because: string;
  readonly kinds: readonly PartingKind[];
  readonly explains: (parting: Parting) => boolean;
}

/** RFC 9218 §2.1. */
const NO_PRIORITIES = 9;
const HUGE_WINDOW = MAX_WINDOW - 2 ** 20;
/** Errors of streams that show later, or on streams that are over. */
const PUT_UP_WITH: ReadonlySet<string> = new Set([
  `optional: ${BODY_UNLIKE_LENGTH}`,
  'optional: a window update of 0',
  'optional: a frame of a closed stream (type 0 or 1)',
]);

/** Where several explain it, the first one counts. What none explains is a defect, in the codec or in this list. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'goodbye-of-a-client',
    because:
      'RFC 9113 §6.8: a client may still ask after a GOAWAY; nghttp2 stops there, and wants the last stream to be one of its own',
    kinds: ['only-nghttp2-ends', 'only-weir-ends', 'requests'],
    explains: ({ frames }) => frames.some(({ type }) => type === TYPE.goAway),
  },
  {
    name: 'pong-without-ping',
    because: 'RFC 9113 §6.7 demands nothing of it, and it costs nothing; Node ends the session',
    kinds: ['only-nghttp2-ends'],
    explains: ({ frames }) => frames.some(({ type, flags }) => type === TYPE.ping && (flags & BIT.ack) !== 0),
  },
  {
    name: 'ack-without-settings',
    because: 'RFC 9113 §6.5.3 demands nothing of it, and it costs nothing; Node ends the session',
    kinds: ['only-nghttp2-ends'],
    explains: ({ frames }) => frames.filter(({ type, flags }) => type === TYPE.settings && (flags & BIT.ack) !== 0).length > 1,
  },
  {
    name: 'error-of-a-stream',
    because: 'RFC 9113 §5.4.1 lets an error of a stream end the connection; Weir resets the stream alone, where nghttp2 does not',
    kinds: ['only-nghttp2-ends'],
    explains: ({ rules }) => rules.some(rule => rule.startsWith('stream: ') || PUT_UP_WITH.has(rule)),
  },
  {
    name: 'stream-that-depends-on-itself',
    because: 'RFC 7540 §5.3.1 called it an error; RFC 9113 has no word for it, and nghttp2 does not read priorities any more',
    kinds: ['only-weir-ends'],
    explains: ({ rules }) => rules.includes('optional: a stream that depends on itself'),
  },
  {
    name: 'stream-opened-out-of-turn',
    because: 'RFC 9113 §5.1.1 demands an error of the connection; nghttp2 takes it for a stream that is over and ignores it',
    kinds: ['only-weir-ends'],
    explains: ({ rules }) => rules.includes('connection: a stream that cannot be opened now'),
  },
  {
    name: 'frame-of-a-closed-stream',
    because: 'RFC 9113 §5.1 allows an error of the connection for it; nghttp2 ignores it',
    kinds: ['only-weir-ends'],
    explains: ({ rules }) => rules.some(rule => rule.includes('closed stream')),
  },
  {
    name: 'block-without-end',
    because: 'Weir judges a header block when it is whole; nghttp2 decodes it, and looks at its stream, as its pieces come',
    kinds: ['only-nghttp2-ends'],
    explains: ({ frames }) => hasOpenBlock(frames),
  },
  {
    name: 'setting-for-clients-alone',
    because: 'RFC 8441 §3 has 0 and 1; nghttp2 as a server does not look at what a client says of extended CONNECT',
    kinds: ['only-weir-ends'],
    explains: ({ rules }) => rules.includes('connection: SETTINGS_ENABLE_CONNECT_PROTOCOL'),
  },
  {
    name: 'setting-twice-in-a-frame',
    because: 'RFC 9113 §6.5.3 has them processed in order; nghttp2 takes the last one of each',
    kinds: ['only-weir-ends'],
    explains: ({ rules }) => rules.some(rule => rule.startsWith('connection: SETTINGS_')),
  },
  {
    name: 'setting-of-another-protocol',
    because:
      'RFC 9218 §2.1 has 0 and 1 for SETTINGS_NO_RFC7540_PRIORITIES, which Weir does not know and so ignores (RFC 9113 §6.5.2)',
    kinds: ['only-nghttp2-ends'],
    explains: ({ frames }) => settingsIn(frames).some(([id, value]) => id === NO_PRIORITIES && value > 1),
  },
  {
    name: 'priority-without-stream',
    because: 'RFC 9113 §6.3 demands an error of the connection; nghttp2 does not read PRIORITY any more',
    kinds: ['only-weir-ends'],
    explains: ({ rules }) => rules.includes('connection: PRIORITY without a stream'),
  },
  {
    name: 'window-of-the-connection',
    because: 'Weir gives 1 MiB to a connection, Node the 64 KiB that it begins with, and no more before it is told to',
    kinds: ['only-nghttp2-ends'],
    explains: ({ frames }) =>
      frames.reduce((sum, { type, payload }) => sum + (type === TYPE.data ? payload.length : 0), 0) > FIRST_WINDOW,
  },
  {
    name: 'window-of-an-answered-stream',
    because:
      'here the double of the engine has answered, and its stream is over or the window is used; there nobody has, and it overflows',
    kinds: ['only-nghttp2-ends'],
    explains: ({ frames }) => hasHugeWindow(frames),
  },
  {
    name: 'malformed-requests',
    because:
      'RFC 9113 §8.1.1: Weir resets their streams; nghttp2 leaves wrong names out and passes the rest on, or resets others',
    kinds: ['requests'],
    explains: ({ rules }) => rules.some(rule => rule.startsWith('stream: ')),
  },
  {
    name: 'unserved-requests',
    because:
      'targets and hosts with more than one reading are answered with 400 by Weir; nghttp2 resets some and passes others on',
    kinds: ['only-nghttp2-ends', 'requests'],
    explains: ({ rules }) =>
      rules.some(rule =>
        /^optional: (?:an authority|a path|another scheme|a control|a tunnel|a method|several content-length)/.test(rule),
      ),
  },
];

/** A window update or an initial window next to what windows may be at most. */
function hasHugeWindow(frames: readonly TestFrame[]): boolean {
  const updates = frames.filter(({ type, payload }) => type === TYPE.windowUpdate && payload.length === 4);
  if (updates.some(({ payload }) => payload.readUInt32BE(0) % 2 ** 31 >= HUGE_WINDOW)) return true;
  return settingsIn(frames).some(([id, value]) => id === SETTING_ID.window && value >= HUGE_WINDOW);
}

function settingsIn(frames: readonly TestFrame[]): readonly (readonly [id: number, value: number])[] {
  return frames.flatMap(({ type, payload }) => {
    if (type !== TYPE.settings) return [];
    const count = Math.floor(payload.length / 6);
    return Array.from({ length: count }, (_, i) => [payload.readUInt16BE(i * 6), payload.readUInt32BE(i * 6 + 2)] as const);
  });
}

function hasOpenBlock(frames: readonly TestFrame[]): boolean {
  const last = frames.findLast(({ type }) => type === TYPE.headers || type === TYPE.continuation);
  return last !== undefined && (last.flags & BIT.endHeaders) === 0;
}
