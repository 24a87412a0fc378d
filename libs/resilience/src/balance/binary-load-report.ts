// SPDX-License-Identifier: Apache-2.0
import type { LoadMetrics } from './load-report.ts';

/** Fields of `xds.data.orca.v3.OrcaLoadReport` that are plain doubles. */
const DOUBLES: ReadonlyMap<number, string> = new Map([
  [1, 'cpu_utilization'],
  [6, 'rps_fractional'],
  [7, 'eps'],
  [9, 'application_utilization'],
]);

/**
 * The numbers of a report in protobuf's binary form (protobuf.dev, Encoding), in base64; undefined where it is no message. By hand,
 * and for four fields only: it is read with every answer, in workers that have no other use for a protobuf library.
 */
export function readBinaryReport(text: string): LoadMetrics | undefined {
  const bytes = Buffer.from(text, 'base64');
  const metrics = new Map<string, number>();
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor);
    const name = DOUBLES.get(tag >>> 3);
    if ((tag & 7) === 1 && name !== undefined && cursor.at + 8 <= bytes.length) metrics.set(name, bytes.readDoubleLE(cursor.at));
    skipValue(cursor, tag & 7);
    if (cursor.at > bytes.length) return undefined;
  }
  return metrics;
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Past the end of the bytes where there is no whole one; only its low 32 bits, which is what tags and lengths have. */
function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) break;
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
  cursor.at = Infinity;
  return 0;
}

function skipValue(cursor: Cursor, wireType: number): void {
  const length = lengthOf(cursor, wireType);
  cursor.at += length;
}

/** Of what is left of a value; more than there can be where its type has no meaning. */
function lengthOf(cursor: Cursor, wireType: number): number {
  switch (wireType) {
    case 0:
      readVarint(cursor);
      return 0;
    case 1:
      return 8;
    case 2:
      return readVarint(cursor);
    case 5:
      return 4;
    default:
      return Infinity;
  }
}
