// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { findWeirEntry } from '../peers/weir.ts';
import { type Child, PROXY_CORE, startChild } from '../processes/child.ts';
import { findFreePort } from '../processes/free-port.ts';
import { waitUntilServing } from '../processes/wait-until-serving.ts';

export interface ControlPlanePlaces {
  readonly documents: string;
  readonly state: string;
  readonly logFile: string;
  /** Where proxies connect. */
  readonly port: number;
  readonly apiPort: number;
}

/** Chooses ports and folders, for all starts of one control plane. */
export async function placeControlPlane(directory: string): Promise<ControlPlanePlaces> {
  return {
    documents: join(directory, 'documents'),
    state: join(directory, 'state'),
    logFile: join(directory, 'control-plane.log'),
    port: await findFreePort(),
    apiPort: await findFreePort(),
  };
}

/** Starts the process as production would; it is not waited for. */
export function startControlPlane({ documents, state, port, apiPort, logFile }: ControlPlanePlaces): Promise<Child> {
  const places = ['--listen', `127.0.0.1:${port}`, '--api', `127.0.0.1:${apiPort}`];
  return startChild({
    command: process.execPath,
    args: [...nodeFlags(), findWeirEntry() ?? '', 'control-plane', '--config', documents, '--state', state, ...places],
    core: PROXY_CORE,
    logFile,
  });
}

export async function waitForControlPlane(child: Child, { port, apiPort }: ControlPlanePlaces): Promise<void> {
  await waitUntilServing(child, port);
  await waitUntilServing(child, apiPort);
}

/** Asks the API for a text to join with, once, at these addresses. */
export async function issueJoinText(
  { state, apiPort }: ControlPlanePlaces,
  wanted: { readonly identity: string; readonly addresses: readonly string[] },
): Promise<string> {
  const token = readFileSync(join(state, 'api-token'), 'utf8').trim();
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const asked = request({ host: '127.0.0.1', port: apiPort, path: '/api/v1/join-tokens', method: 'POST', headers });
  const answered = once(asked, 'response');
  asked.end(JSON.stringify({ ...wanted, ttlMs: 3_600_000 }));
  const [response] = (await answered) as [AsyncIterable<Buffer>];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  const { joinText } = JSON.parse(Buffer.concat(parts).toString()) as { readonly joinText?: string };
  if (joinText === undefined) throw new Error(`the control plane issues no join token: ${Buffer.concat(parts).toString()}`);
  return joinText;
}

/** For profiles: `WEIR_BENCH_NODE_FLAGS="--cpu-prof --cpu-prof-dir=DIR"`. */
function nodeFlags(): readonly string[] {
  const flags = process.env['WEIR_BENCH_NODE_FLAGS'] ?? '';
  return flags === '' ? [] : flags.split(' ');
}
