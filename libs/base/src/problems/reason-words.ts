// SPDX-License-Identifier: Apache-2.0

/** What was thrown, in words: the message of an error, and whatever else as text. */
export function reasonWords(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** The same with where it was thrown: for faults of our own, that nobody foresaw. */
export function faultWords(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}
