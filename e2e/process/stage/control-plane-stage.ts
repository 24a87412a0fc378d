// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Child, createTempDirectory, documentFile, findFreePorts, request, waitFor } from '@weir/testing';
import type { TempDirectory, TestDocument } from '@weir/testing';
import { PRESENT } from './previous-commit.ts';

const ADDRESS = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Places {
  readonly stream: number;
  readonly api: number;
  readonly metrics: number;
}

/** A control plane and proxies of it, each a process of its own. */
export class ControlPlaneStage implements AsyncDisposable {
  readonly directory: TempDirectory;
  /** Where gateways of this stage serve /readyz and the like. */
  readonly metricsPort: number;
  private readonly places: Places;
  private readonly cleanups = new AsyncDisposableStack();

  private constructor(directory: TempDirectory, places: Places) {
    this.directory = this.cleanups.use(directory);
    this.places = places;
    this.metricsPort = places.metrics;
  }

  static async open(documents: readonly TestDocument[]): Promise<ControlPlaneStage> {
    const [stream, api, metrics] = (await findFreePorts(3)) as [number, number, number];
    const stage = new ControlPlaneStage(await createTempDirectory(), { stream, api, metrics });
    await stage.write(...documents);
    return stage;
  }

  /** Documents; each replaces the one of its name. */
  async write(...documents: readonly TestDocument[]): Promise<void> {
    for (const document of documents) await this.directory.write(`config/${documentFile(document)}`, JSON.stringify(document));
  }

  async remove(document: TestDocument): Promise<void> {
    await this.directory.remove(`config/${documentFile(document)}`);
  }

  async startControlPlane(): Promise<Child> {
    const at = ['--listen', `${ADDRESS}:${this.places.stream}`, '--api', `${ADDRESS}:${this.places.api}`];
    const child = this.weir(['control-plane', '--config', join(this.directory.path, 'config'), ...at]);
    await child.sees(/proxies connect here/v, START_TIMEOUT_MS);
    return child;
  }

  /** Without waiting. */
  spawnGateway(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Child {
    const metrics = ['--metrics-address', `${ADDRESS}:${this.metricsPort}`];
    const own = ['--workers', '2', '--drain-delay', '0', '--access-log', 'off', ...metrics];
    return this.weir(['gateway', ...this.toControlPlane, ...own, ...flags], env);
  }

  /** A gateway that has joined and serves. */
  async startGateway(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Child> {
    const WEIR_JOIN = await this.joinText('weir-system/gateway');
    const gateway = this.spawnGateway(flags, { ...env, WEIR_JOIN });
    await gateway.sees(/is a gateway of/v, START_TIMEOUT_MS);
    return gateway;
  }

  async startSidecar(identity: string, flags: readonly string[]): Promise<Child> {
    const sidecar = this.spawnSidecar(identity, flags, { WEIR_JOIN: await this.joinText(identity) });
    await sidecar.sees(/is the sidecar of/v, START_TIMEOUT_MS);
    return sidecar;
  }

  /** Without waiting. */
  spawnSidecar(identity: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    return this.weir(['sidecar', '--identity', identity, ...this.toControlPlane, '--access-log', 'off', ...flags], env);
  }

  async joinText(identity: string): Promise<string> {
    const { out, err } = await this.run(['token', '--identity', identity, '--address', ADDRESS]);
    if (out === '') throw new Error(`no token: ${err}`);
    return out.trim();
  }

  /** Runs a command to its end. */
  async run(args: readonly string[]): Promise<Finished> {
    const child = this.weir(args);
    const { code } = await child.exited;
    return { code, out: child.stdout, err: child.stderr };
  }

  /** What a gateway of this stage answers at /readyz. */
  async readiness(): Promise<string> {
    try {
      const { status, text } = await request({ port: this.metricsPort }, '/readyz', { headers: { Connection: 'close' } });
      return `${status} ${text.trim()}`;
    } catch {
      return 'nobody there';
    }
  }

  /** Waits until this is what is answered. */
  async answers(port: number, path: string, status: number): Promise<void> {
    const statusOf = async (): Promise<number> => (await request({ port }, path, { headers: { Connection: 'close' } })).status;
    await waitFor(async () => (await statusOf().catch(() => 0)) === status, { what: `${path} to answer ${status}` });
  }

  /** What the API answers to the operator, below `/api/v1`. */
  async askApi(
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly status: number; readonly json: unknown }> {
    const token = (await readFile(join(this.directory.path, 'state', 'api-token'), 'utf8')).trim();
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Connection: 'close' };
    const sent = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const { status, text } = await request({ port: this.places.api }, `/api/v1${path}`, sent);
    return { status, json: JSON.parse(text) as unknown };
  }

  weir(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    const { path } = this.directory;
    const own = { WEIR_STATE: join(path, 'state'), XDG_RUNTIME_DIR: path };
    return this.cleanups.use(new Child([process.execPath, PRESENT, ...args], { env: { ...own, ...env } }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanups.disposeAsync();
  }

  private get toControlPlane(): readonly string[] {
    return ['--control-plane', `${ADDRESS}:${this.places.stream}`];
  }
}
