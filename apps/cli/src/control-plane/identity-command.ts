// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiResources } from '@weir/control-plane';
import { Option } from 'commander';
import type { Command } from 'commander';
import { printJson } from '../commands/check.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { parseWait } from '../flags/parse-flags.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ApiClient } from './api-client.ts';
import { addApiOptions } from './api-options.ts';
import type { ApiFlags } from './api-options.ts';
import { openApi } from './control-plane-api.ts';

type Identity = ApiResources['identity'];

interface StatusFlags extends ApiFlags {
  readonly output: 'json' | 'text';
}

interface RotateFlags extends ApiFlags {
  readonly force: boolean;
  readonly wait?: number;
}

const HELP = `
A rotation goes on by itself, also over a restart of the control plane: Introducing (all learn to trust the new root), Issuing (all get a
certificate of it), Retiring (all forget the old one). Each step waits until every workload with a valid certificate has followed.

Exit codes: 0 done, 1 the control plane refuses it or it did not end within --wait, 2 the command line is wrong, 69 no control plane answers.

Examples:
  weir identity status
  weir identity rotate --wait 10m`;

const LOOK_MS = 250;
const ROTATION = '/identity/rotation';

/** `weir identity status|rotate|abort`. */
export function addIdentityCommand(program: Command, terminal: Terminal): void {
  const identity = program.command('identity').description('the root of the mesh, and its rotation').addHelpText('after', HELP);
  addStatus(identity, terminal);
  addRotate(identity, terminal);
  addAbort(identity, terminal);
}

function addStatus(identity: Command, terminal: Terminal): void {
  const command = identity
    .command('status')
    .description('show roots, their expiry, and how far a rotation is')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'));
  addApiOptions(command, terminal).action(async ({ output, ...place }: StatusFlags) => {
    using api = await openApi(place, terminal);
    const found = await api.first.ask<Identity>({ path: '/identity' });
    if (output === 'json') printJson(terminal, found);
    else terminal.out.write(renderIdentity(found, terminal.out.paint));
  });
}

function addRotate(identity: Command, terminal: Terminal): void {
  const command = identity
    .command('rotate')
    .description('begin a rotation to a new root, or look after the one under way')
    .option('--force', 'of a rotation under way: take one step whoever has not followed, and cut off who has not', false)
    .addOption(new Option('--wait <duration>', 'wait for its end').argParser(parseWait));
  addApiOptions(command, terminal).action(async (flags: RotateFlags) => {
    using api = await openApi({ ...flags, role: 'operator' }, terminal);
    await rotate(api.first, flags, terminal);
  });
}

function addAbort(identity: Command, terminal: Terminal): void {
  const command = identity.command('abort').description('give up a rotation whose new root has not issued yet');
  addApiOptions(command, terminal).action(async (flags: ApiFlags) => {
    using api = await openApi({ ...flags, role: 'operator' }, terminal);
    const found = await api.first.ask<Identity>({ method: 'DELETE', path: ROTATION });
    terminal.out.write(renderIdentity(found, terminal.out.paint));
  });
}

async function rotate(client: ApiClient, { force, wait }: RotateFlags, terminal: Terminal): Promise<void> {
  const begun = await client.ask<Identity>({ method: 'POST', path: ROTATION, body: { isForced: force } });
  const found = wait === undefined ? begun : await waitUntilStable(client, wait, terminal);
  terminal.out.write(renderIdentity(found, terminal.out.paint));
}

/** Throws CommandFailure with who is waited for when the time is over. */
async function waitUntilStable(client: ApiClient, timeoutMs: number, { err }: Terminal): Promise<Identity> {
  const deadlineMs = performance.now() + timeoutMs;
  let told = '';
  for (;;) {
    const found = await client.ask<Identity>({ path: '/identity' });
    if (found.phase === 'Stable') return found;
    if (found.phase !== told) err.write(`${err.paint.dim(found.phase)}\n`);
    told = found.phase;
    if (performance.now() >= deadlineMs) {
      const lines = [`the rotation is ${found.phase}, and goes on by itself`, ...waitingLines(found)];
      throw new CommandFailure(EXIT.refused, lines.join('\n'));
    }
    await sleep(LOOK_MS);
  }
}

function renderIdentity(identity: Identity, paint: Paint): string {
  const { trustDomain, phase, roots, issuer, warnings, oldLeavesExpireAt } = identity;
  return [
    `trust domain  ${trustDomain}`,
    `phase         ${phase === 'Stable' ? phase : paint.warning(phase)}`,
    ...roots.map(root => `root          ${root.fingerprint} until ${root.notAfter}${root.isIssuing ? ' (issues)' : ''}`),
    `issuer        ${issuer.fingerprint} until ${issuer.notAfter}`,
    ...(oldLeavesExpireAt === undefined ? [] : [`goes on       at ${oldLeavesExpireAt}, whoever has not followed`]),
    ...waitingLines(identity),
    ...warnings.map(warning => `${paint.warning('warning')}: ${warning}`),
    '',
  ].join('\n');
}

function waitingLines({ waitingFor }: Identity): readonly string[] {
  return waitingFor.map(who => `waits for     ${who}`);
}
