// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { outputsOf, renderProcess, renderSession } from './session-script.ts';

it('runs commands in one shell, and tells their outputs and exit codes apart', () => {
  const commands = ['NAME=weir', 'echo $NAME; echo two', '(exit 3)', 'echo $?', 'npx weir check', 'npx node main.ts'];
  const script = renderSession(
    commands.map(command => ({ command, output: '' })),
    { node: 'echo', main: 'MAIN' },
  );
  const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });

  expect(outputsOf(stdout)).toEqual(['', 'weir\ntwo', '', '3', 'MAIN check', 'main.ts']);
});

it.each([
  ['npx weir up config', "exec '/bin/node' 'MAIN' up config"],
  ['npx node backend.ts 7201', "exec '/bin/node' backend.ts 7201"],
  ['redis-server --port 6379', 'exec redis-server --port 6379'],
])('starts %s in its own place', (command, script) => {
  expect(renderProcess(command, { node: '/bin/node', main: 'MAIN' })).toBe(script);
});
