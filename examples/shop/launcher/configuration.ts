// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificate } from './certificate.ts';

/** The configuration directory that the gateway is started with. */
export interface Configuration {
  readonly directory: string;
  /** True = a copy with other ports, which goes with the launcher. */
  readonly isCopy: boolean;
  remove(): Promise<void>;
}

/**
 * Gives `source` itself where its ports are used, and otherwise a copy in a temporary directory with the ports moved: the
 * files in git stay as they are. Either has a certificate afterwards.
 */
export async function prepareConfiguration(source: string, movedPorts: ReadonlyMap<number, number>): Promise<Configuration> {
  if (movedPorts.size === 0) {
    await ensureCertificate(join(source, 'certificate.json'));
    return { directory: source, isCopy: false, remove: () => Promise.resolve() };
  }
  const directory = await mkdtemp(join(tmpdir(), 'weir-shop-'));
  for (const name of await readdir(source)) {
    if (!name.endsWith('.yaml')) continue;
    await writeFile(join(directory, name), movePorts(await readFile(join(source, name), 'utf8'), movedPorts));
  }
  await ensureCertificate(join(directory, 'certificate.json'));
  return { directory, isCopy: true, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Those of fields, and those of addresses in annotations. */
function movePorts(text: string, movedPorts: ReadonlyMap<number, number>): string {
  return text.replaceAll(/(?<=port: |127\.0\.0\.1:)\d+\b/gmv, port => String(movedPorts.get(Number(port)) ?? port));
}
