// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';

const KIB = 1024;

/** Bytes of main memory that a process holds. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = /^VmRSS:\s+(?<kib>\d+) kB$/mv.exec(status)?.groups?.['kib'];
  if (kib === undefined) throw new Error(`process ${pid} says nothing of its memory`);
  return Number(kib) * KIB;
}
