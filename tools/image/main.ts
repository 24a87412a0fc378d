// SPDX-License-Identifier: Apache-2.0
// `npm run image -- [--name NAME] [--whole]`: builds the image of Weir with what builds images here. The bundle is made on this
// machine, as its Node and its npm are those of the lockfile, too; with --whole within the build.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUILDERS, imageCommand } from './image-command.ts';
import type { Builder } from './image-command.ts';

const ROOT = join(import.meta.dirname, '../..');
const NO_BUILDER = `nothing here builds images: install ${BUILDERS.join(' or ')}, and see that it runs`;

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
const { values } = parseArgs({
  options: { name: { type: 'string', default: `weir:${version}` }, whole: { type: 'boolean', default: false } },
});

const builder = BUILDERS.find(isUsable);
if (builder === undefined) fail(NO_BUILDER);
else buildImage(builder);

function buildImage(found: Builder): void {
  // A bundle has the native library of the platform that it was made on, and images are of Linux.
  const isWhole = values.whole || process.platform !== 'linux';
  if (!isWhole && !run([process.execPath, 'tools/bundle/main.ts'])) return;
  const bundle = isWhole ? undefined : 'dist/weir';
  const command = imageCommand({ builder: found, name: values.name, bundle, epochSeconds: commitSeconds() });
  if (run(command)) process.stdout.write(`built ${values.name}\n`);
}

/** A client without its daemon is of no use. */
function isUsable(name: Builder): boolean {
  return spawnSync(name, ['info'], { stdio: 'ignore' }).status === 0;
}

function commitSeconds(): number {
  const { stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: ROOT, encoding: 'utf8' });
  // Without a repository any time will do, as long as it is the same.
  return Number(stdout.trim() || 0);
}

function run([program, ...words]: readonly [string, ...string[]]): boolean {
  const { status } = spawnSync(program, words, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) fail(`${program} ${words[0] ?? ''} did not succeed`);
  return status === 0;
}

function fail(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}
