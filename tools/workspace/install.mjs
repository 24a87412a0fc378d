// SPDX-License-Identifier: Apache-2.0
// Runs before `npm start` and `npm test`, on whatever Node is installed (20 or newer), before any dependency is there.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { staleReason } from './stale-reason.mjs';

const OLDEST_NODE = 20;
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

function fail(message) {
  process.stderr.write(`weir: ${message}\n`);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(`this needs Node ${OLDEST_NODE} or newer to install itself, found ${process.versions.node}`);
}

const reason = staleReason(root);
if (reason !== undefined) {
  process.stdout.write(`Installing dependencies with "npm ci" (${reason}); this takes a minute the first time…\n`);
  const startedMs = Date.now();
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit' });
  if (status !== 0)
    fail('"npm ci" failed; the lines above say why. Check the network and the registry in "npm config get registry".');
  process.stdout.write(`Installed in ${Math.round((Date.now() - startedMs) / 1000)} s.\n`);
}

// What follows needs the Node of the workspace: npm puts node_modules/.bin first on PATH for each script.
const node = join(root, 'node_modules/.bin/node');
if (!existsSync(node))
  fail(`${node} is missing: the npm package "node" brings the Node that Weir runs on. Delete node_modules and start again.`);
