// SPDX-License-Identifier: Apache-2.0

const BYTE_SIZE = /^(\d{1,15})(B|KiB|MiB|GiB)$/;

const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

/**
 * Bytes of a size such as `64KiB` or `1MiB`. Only powers of two: who writes `1MB` may mean either, so it is refused.
 *
 * @throws {RangeError} what was found and what to write.
 */
export function parseByteSize(text: string): number {
  const [, count = '', unit = ''] = BYTE_SIZE.exec(text) ?? [];
  const bytes = Number(count) * (UNIT_BYTES.get(unit) ?? Number.NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new RangeError(`${JSON.stringify(text)} is no size; write a whole number with B, KiB, MiB or GiB, such as 64KiB or 1MiB`);
}
