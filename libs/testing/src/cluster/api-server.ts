// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { Child } from '../process/child.ts';
import { findFreePorts } from '../process/free-ports.ts';
import { createTempDirectory } from '../process/temp-directory.ts';
import { waitFor } from '../wait-for.ts';

const START_TIMEOUT_MS = 120_000;

/** An answer of the API server. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The API server of Kubernetes with etcd behind it and nothing else: it validates and stores objects, and nobody acts on them. */
export class TestApiServer implements AsyncDisposable {
  /** File that clients find it by, as `KUBECONFIG` names one; who uses it may do everything. */
  readonly kubeconfig: string;
  private readonly access: Access;
  private readonly programs: ApiPrograms;

  constructor(access: Access, programs: ApiPrograms) {
    this.access = access;
    this.programs = programs;
    this.kubeconfig = join(access.folder, 'kubeconfig');
  }

  call(method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT', path: string, body?: unknown): Promise<ApiAnswer> {
    return send(this.access, { method, path, body });
  }

  /** Ends the API server and starts it again, with the same store: all watches break off. */
  async restart(): Promise<void> {
    await this.programs.restart();
    await this.isReady();
  }

  async isReady(): Promise<void> {
    const asked = async (): Promise<boolean> => (await this.call('GET', '/readyz').catch(() => undefined))?.status === 200;
    await waitFor(asked, { what: () => `the API server\n${this.programs.output}`, timeoutMs: START_TIMEOUT_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.programs[Symbol.asyncDispose]();
  }
}

/** Whether this machine has both programs. */
export function hasApiServer(): boolean {
  return ['etcd', 'kube-apiserver'].every(name => spawnSync(name, ['--version']).status === 0);
}

/** Starts both on loopback, in a folder of their own that goes with them. */
export async function startApiServer(): Promise<TestApiServer> {
  const directory = await createTempDirectory();
  const [port = 0, clientPort = 0, peerPort = 0] = await findFreePorts(3);
  const access = { folder: directory.path, token: randomUUID(), port };
  await writeCredentials(access);
  const programs = new ApiPrograms(directory, { port, clientPort, peerPort });
  const server = new TestApiServer(access, programs);
  try {
    await server.isReady();
  } catch (reason) {
    await server[Symbol.asyncDispose]();
    throw reason;
  }
  return server;
}

interface Access {
  readonly folder: string;
  readonly token: string;
  readonly port: number;
}

interface Ports {
  readonly port: number;
  readonly clientPort: number;
  readonly peerPort: number;
}

class ApiPrograms implements AsyncDisposable {
  private readonly directory: AsyncDisposable & { readonly path: string };
  private readonly ports: Ports;
  private readonly etcd: Child;
  private server: Child;

  constructor(directory: AsyncDisposable & { readonly path: string }, ports: Ports) {
    this.directory = directory;
    this.ports = ports;
    this.etcd = new Child(['etcd', ...etcdArguments(ports)], { cwd: directory.path });
    this.server = this.startServer();
  }

  get output(): string {
    return `${this.etcd.output}\n${this.server.output}`;
  }

  async restart(): Promise<void> {
    await this.server.stop('SIGKILL');
    this.server = this.startServer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.etcd[Symbol.asyncDispose]();
    await this.directory[Symbol.asyncDispose]();
  }

  private startServer(): Child {
    return new Child(['kube-apiserver', ...apiServerArguments(this.ports)], { cwd: this.directory.path });
  }
}

function etcdArguments({ clientPort, peerPort }: Ports): readonly string[] {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  const urls = [`--listen-client-urls=${clientUrl}`, `--advertise-client-urls=${clientUrl}`, `--listen-peer-urls=${peerUrl}`];
  return ['--data-dir=etcd', '--unsafe-no-fsync', ...urls];
}

function apiServerArguments({ port, clientPort }: Ports): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${clientPort}`,
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

async function writeCredentials({ folder, token, port }: Access): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const mode = { mode: 0o600 };
  await writeFile(join(folder, 'account.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), mode);
  await writeFile(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, mode);
  const kubeconfig = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority': join(folder, 'pki/apiserver.crt'),
          'tls-server-name': 'kubernetes',
        },
      },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  };
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig), mode);
}

async function send(
  { folder, token, port }: Access,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: unknown },
): Promise<ApiAnswer> {
  const ca = readFileSync(join(folder, 'pki/apiserver.crt'));
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
  const sent = request({ host: '127.0.0.1', servername: 'kubernetes', port, path, method, ca, headers });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const text = await readText(response);
  const answer: unknown = text.startsWith('{') ? JSON.parse(text) : text;
  return { status: response.statusCode ?? 0, body: answer };
}
