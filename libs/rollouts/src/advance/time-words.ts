// SPDX-License-Identifier: Apache-2.0

/** A moment as people read it in a status, in UTC and whole seconds. */
export function momentOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}Z`;
}
