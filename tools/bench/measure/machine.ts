// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { findCommand } from '../processes/find-command.ts';

/** What a reader needs to judge the numbers by. */
export interface MachineFacts {
  readonly takenAt: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** One-minute load before the run: above 0.2 somebody else used the machine. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

const VERSION_FLAGS = { nginx: '-v', haproxy: '-v', envoy: '--version', wrk: '-v', h2load: '--version' } as const;

export function readMachineFacts(): MachineFacts {
  const versions: Record<string, string> = { node: process.version };
  for (const [command, flag] of Object.entries(VERSION_FLAGS)) versions[command] = readVersion(command, flag);
  return {
    takenAt: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    loadBefore: loadavg()[0] ?? 0,
    versions,
  };
}

function readVersion(command: string, flag: string): string {
  const path = findCommand(command);
  if (path === undefined) return 'not on PATH';
  const { stdout, stderr } = spawnSync(path, [flag], { encoding: 'utf8' });
  return /\d+\.\d+[.\d]*/.exec(stdout + stderr)?.[0] ?? 'unknown';
}
