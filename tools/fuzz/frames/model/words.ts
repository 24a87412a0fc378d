// SPDX-License-Identifier: Apache-2.0

// RFC 9113 written down once more, and on purpose not taken from the codec under test.

export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const BIT = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const CODE = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refused: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
} as const;

export const SETTING_ID = { tableSize: 1, push: 2, maxStreams: 3, window: 4, frameSize: 5, connect: 8 } as const;

export const MAX_FRAME = 16_384;
export const MAX_WINDOW = 2 ** 31 - 1;
export const FIRST_WINDOW = 65_535;
/** What docs/limits.md says of streams, header blocks, interim responses, and frames that bring nothing. */
export const WEIR_LIMITS = { streams: 128, blockBytes: 131_072, interimResponses: 16, freeFrames: 1_000 } as const;
