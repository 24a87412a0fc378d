// SPDX-License-Identifier: Apache-2.0

/** As meta/v1 MicroTime is written. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
