// SPDX-License-Identifier: Apache-2.0
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, PROXY_CORE, startChild } from '../processes/child.ts';
import type { Peer } from './peer.ts';
import { writeWeirDocuments } from './weir-documents.ts';
import type { WeirSetup } from './weir-documents.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BUNDLE_FILE = join(ROOT, 'dist/weir/weir.js');
const SOURCE_FILE = join(ROOT, 'apps/cli/src/main.ts');

/** The built bundle where there is one: that is what images run. */
export function findWeirEntry(): string | undefined {
  return [BUNDLE_FILE, SOURCE_FILE].find(file => existsSync(file));
}

/** For the head of the report: a bundle that is older than what is to be measured is easily overlooked. */
export function describeWeir(): string {
  const entry = findWeirEntry();
  if (entry === undefined) return 'weir is not there';
  if (!isBundle(entry)) return 'weir from its sources';
  return `weir from dist/weir/weir.js, built ${statSync(entry).mtime.toISOString()}`;
}

export function isBundle(entry: string): boolean {
  return entry === BUNDLE_FILE;
}

export const weir: Peer = {
  name: 'weir',
  findMissing: () => (findWeirEntry() === undefined ? 'neither dist/weir/weir.js nor apps/cli/src/main.ts is there' : undefined),
  start: setup => startWeir({ documents: writeWeirDocuments(setup), directory: setup.directory, metricsPort: 0 }),
};

/** The same with what only some scenarios ask of it. */
export function weirWith(more: Pick<WeirSetup, 'rollout'>): Peer {
  return {
    ...weir,
    start: setup =>
      startWeir({ documents: writeWeirDocuments({ ...setup, ...more }), directory: setup.directory, metricsPort: 0 }),
  };
}

/** Starts the gateway on a directory of documents, as production would: one worker, metrics and JSON access log on. */
export function startWeir(options: {
  readonly documents: string;
  readonly directory: string;
  /** 0 = any. */
  readonly metricsPort: number;
}): Promise<Child> {
  const entry = findWeirEntry();
  if (entry === undefined) throw new Error('the gateway is not built and its sources are not there');
  const flags = [
    '--workers',
    '1',
    '--access-log',
    'json',
    '--drain-delay',
    '0s',
    '--metrics-address',
    `127.0.0.1:${options.metricsPort}`,
  ];
  return startChild({
    command: process.execPath,
    args: [entry, 'up', options.documents, ...flags],
    core: PROXY_CORE,
    logFile: join(options.directory, 'weir.log'),
  });
}
