// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

/** How many files and sockets a process of this user may have open: Node takes all that the hard limit allows. */
export function countDescriptors(limits = readFileSync('/proc/self/limits', 'utf8')): number {
  const hard = /^Max open files +\S+ +(\S+)/m.exec(limits)?.[1];
  return hard === 'unlimited' ? Infinity : Number(hard);
}
