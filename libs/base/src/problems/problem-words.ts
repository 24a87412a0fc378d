// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './problem.ts';

/** Where, what was found, and what to write: for statuses and events, which have one text for all. */
export function problemWords({ path = '', message, hint }: Problem): string {
  const isSaid = path === '' || message.includes(path);
  const where = isSaid ? message : `${path}: ${message}`;
  return hint === undefined ? where : `${where}; ${hint}`;
}
