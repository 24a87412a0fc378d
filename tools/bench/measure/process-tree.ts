// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Fields of /proc/PID/stat after the command's closing parenthesis, counted from 0 (proc(5)). */
const PARENT_FIELD = 1;
const USER_TICKS_FIELD = 11;
const SYSTEM_TICKS_FIELD = 12;
const MICROSECONDS = 1_000_000;

let ticksPerSecond: number | undefined;

/** CPU time that a process and all its descendants have used since they began, threads included, in microseconds. */
export function readCpuUs(rootPid: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  let ticks = 0;
  for (const pid of listTree(rootPid)) {
    const fields = readStat(pid);
    if (fields !== undefined) ticks += Number(fields[USER_TICKS_FIELD]) + Number(fields[SYSTEM_TICKS_FIELD]);
  }
  return (ticks * MICROSECONDS) / ticksPerSecond;
}

/** Resident memory of a process and all its descendants, in bytes. Pages that they share are counted once for each. */
export function readRssBytes(rootPid: number): number {
  return rssOfEach(rootPid).reduce((sum, bytes) => sum + bytes, 0);
}

/** Resident memory of the largest process of a tree, in bytes. */
export function readLargestRssBytes(rootPid: number): number {
  return Math.max(...rssOfEach(rootPid));
}

function rssOfEach(rootPid: number): readonly number[] {
  return listTree(rootPid).map(pid => {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  });
}

function listTree(rootPid: number): readonly number[] {
  const childrenOf = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const parent = Number.isInteger(pid) ? Number(readStat(pid)?.[PARENT_FIELD] ?? Number.NaN) : Number.NaN;
    if (!Number.isNaN(parent)) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const tree = [rootPid];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []));
  return tree;
}

/** Undefined when the process has ended meanwhile. */
function readStat(pid: number): readonly string[] | undefined {
  const text = readOrEmpty(`/proc/${pid}/stat`);
  // The command's name may hold spaces and parentheses, so fields are counted from its last closing one.
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
