#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Starts the command line from its sources, with the Node of the workspace where the one that runs this is too old.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first Node that the sources are written for; it strips types without being asked. */
const REQUIRED_NODE = 26;

if (Number(process.versions.node.split('.')[0]) >= REQUIRED_NODE) {
  await import('../src/main.ts');
} else {
  startWithWorkspaceNode();
}

function startWithWorkspaceNode() {
  const node = workspaceNode();
  if (node === undefined) {
    process.stderr.write(
      `weir: needs Node ${REQUIRED_NODE} or newer, found ${process.versions.node}; run "npm ci", which brings it along, or install it\n`,
    );
    process.exit(1);
  }
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its signals to both processes, and a second Ctrl-C may mean "at once"; a supervisor sends to this one only.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = signal => {
    if (!process.stdin.isTTY || signal === 'SIGTERM') child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.off(name, forward);
    process.kill(process.pid, signal);
  });
}

function workspaceNode() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node');
  } catch {
    return undefined;
  }
}
