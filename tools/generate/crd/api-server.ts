// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { findCommand, requireCommand } from '../../bench/processes/find-command.ts';
import { findFreePort } from '../../bench/processes/free-port.ts';

const START_DEADLINE_MS = 120_000;
const POLL_MS = 100;

/** An answer of the API server. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The API server of Kubernetes with etcd behind it and nothing else: it validates and stores objects. */
export interface ApiServer extends AsyncDisposable {
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<ApiAnswer>;
}

export function hasApiServer(): boolean {
  return ['etcd', 'kube-apiserver'].every(name => findCommand(name) !== undefined);
}

/** Starts both on loopback, in a folder of their own that goes with them. */
export async function startApiServer(): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-api-server-'));
  const token = randomUUID();
  const children: ChildProcess[] = [];
  const run = (name: string, args: readonly string[]): void => {
    const log = openSync(join(folder, `${name}.log`), 'w');
    children.push(spawn(requireCommand(name), [...args], { cwd: folder, stdio: ['ignore', log, log] }));
  };
  const etcdUrl = `http://127.0.0.1:${await findFreePort()}`;
  const port = await findFreePort();
  run('etcd', await etcdArguments(etcdUrl));
  writeCredentials(folder, token);
  run('kube-apiserver', apiServerArguments(etcdUrl, port));
  const call: ApiServer['call'] = (method, path, body) => send({ folder, token, port }, { method, path, body });
  const stop = async (): Promise<void> => {
    await Promise.all(children.reverse().map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(call, children);
  } catch (reason) {
    const said = readFileSync(join(folder, 'kube-apiserver.log'), 'utf8').slice(-2000);
    await stop();
    throw new Error(`the API server does not start:\n${said}`, { cause: reason });
  }
  return { call, [Symbol.asyncDispose]: stop };
}

async function etcdArguments(clientUrl: string): Promise<readonly string[]> {
  const peerUrl = `http://127.0.0.1:${await findFreePort()}`;
  const urls = [`--listen-client-urls=${clientUrl}`, `--advertise-client-urls=${clientUrl}`, `--listen-peer-urls=${peerUrl}`];
  return ['--data-dir=etcd', '--unsafe-no-fsync', ...urls];
}

function apiServerArguments(etcdUrl: string, port: number): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--cert-dir=pki',
    '--service-account-issuer=https://localhost',
    '--service-account-key-file=account.key',
    '--service-account-signing-key-file=account.key',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
  ];
}

function writeCredentials(folder: string, token: string): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'account.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
}

async function waitUntilReady(call: ApiServer['call'], children: readonly ChildProcess[]): Promise<void> {
  const deadlineMs = performance.now() + START_DEADLINE_MS;
  const isReady = async (): Promise<boolean> => {
    try {
      return (await call('GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  };
  while (!(await isReady())) {
    if (children.some(({ exitCode }) => exitCode !== null)) throw new Error('a program ended');
    if (performance.now() > deadlineMs) throw new Error('it is not ready in time');
    await delay(POLL_MS);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

interface Access {
  readonly folder: string;
  readonly token: string;
  readonly port: number;
}

async function send(
  { folder, token, port }: Access,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: unknown },
): Promise<ApiAnswer> {
  const ca = readFileSync(join(folder, 'pki/apiserver.crt'));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const sent = request({ host: '127.0.0.1', servername: 'kubernetes', port, path, method, ca, headers });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const text = await readText(response);
  const answer: unknown = text.startsWith('{') ? JSON.parse(text) : text;
  return { status: response.statusCode ?? 0, body: answer };
}
