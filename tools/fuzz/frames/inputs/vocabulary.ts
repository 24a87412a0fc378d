// SPDX-License-Identifier: Apache-2.0

/** Fields of requests and responses in the fuzzing of frames; those of odd ones are the mapping's business too. */
export const FIELDS: readonly (readonly [string, string])[] = [
  ['x-a', '1'],
  ['x-b', 'two words'],
  ['custom-key', 'custom-value'],
  ['cache-control', 'no-cache'],
  ['cookie', 'a=b'],
  ['cookie', 'c=d'],
  ['te', 'trailers'],
  ['x-long', 'y'.repeat(300)],
  ['accept', '*/*'],
];

export const ODD_FIELDS: readonly (readonly [string, string])[] = [
  ['X-Upper', '1'],
  ['connection', 'close'],
  ['te', 'gzip'],
  ['transfer-encoding', 'chunked'],
  ['content-length', '5'],
  ['content-length', '0'],
  ['content-length', 'x'],
  ['content-length', ''],
  ['x', 'a\r\nb'],
  ['x', '\0'],
  ['x', ' a'],
  ['', 'a'],
  [':path', '/again'],
  [':status', '200'],
  [':unknown', '1'],
  [':protocol', 'websocket'],
  [':authority', 'other.example'],
  ['host', 'other.example'],
  ['x y', '1'],
  ['x:y', '1'],
  ['expect', '100-continue'],
  ['upgrade', 'websocket'],
];

export const METHODS = ['GET', 'POST', 'GET', 'POST', 'HEAD', 'PUT', 'OPTIONS'];
export const PATHS = ['/', '/echo', '/now', '/hold', '/stuck', '/large', '/trailers', '/early'];
export const STATUSES = ['200', '200', '200', '204', '304', '404', '100', '103'];
export const ODD_STATUSES = ['101', '000', '99', '1000', 'abc', '', '20 ', '999'];

/** Payloads of SETTINGS: identifier and value. */
export const SETTINGS: readonly (readonly [number, number])[] = [
  [1, 0],
  [1, 4_096],
  [1, 100],
  [1, 65_536],
  [2, 0],
  [3, 100],
  [4, 0],
  [4, 65_535],
  [4, 1_000_000],
  [5, 16_384],
  [6, 100],
  [8, 0],
  [8, 1],
  [99, 1],
];
export const ODD_SETTINGS: readonly (readonly [number, number])[] = [
  [2, 1],
  [2, 2],
  [4, 0x7fff_ffff],
  [4, 0x8000_0000],
  [5, 16_383],
  [5, 0x100_0000],
  [8, 2],
  [3, 0],
];
export const INCREMENTS = [1, 100, 65_535, 1_000_000];
export const ODD_INCREMENTS = [0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x7fff_0000];
