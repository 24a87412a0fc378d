// SPDX-License-Identifier: Apache-2.0

/** A header block that cannot be decoded: both sides' tables may differ from here on, so its connection ends (RFC 9113 §4.3). */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
