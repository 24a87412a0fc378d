// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawResponse } from '../wire/raw-response.ts';
import { request } from '../client/request.ts';
import { waitFor } from '../wait-for.ts';
import { Child } from './child.ts';
import { findFreePorts } from './free-ports.ts';
import { createTempDirectory } from './temp-directory.ts';
import type { TempDirectory } from './temp-directory.ts';

const MAIN = fileURLToPath(new URL('../../../../apps/cli/src/main.ts', import.meta.url));

/** A Kubernetes object as it would stand in a file. */
export interface TestDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export interface WeirOptions {
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments of `weir up`. */
  readonly flags?: readonly string[];
  readonly readyTimeoutMs?: number;
}

/** `weir up` as a process of its own, with its configuration directory. */
export class Weir implements AsyncDisposable {
  readonly child: Child;
  readonly directory: TempDirectory;
  /** Where it serves /metrics, /livez and /readyz. */
  readonly metricsPort: number;

  private readonly runtime: TempDirectory;

  constructor(init: { child: Child; directory: TempDirectory; runtime: TempDirectory; metricsPort: number }) {
    this.child = init.child;
    this.directory = init.directory;
    this.runtime = init.runtime;
    this.metricsPort = init.metricsPort;
  }

  get pid(): number {
    return this.child.pid;
  }

  /** The access log so far, one record a request that has ended. */
  get accessLog(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.child.stdout.split('\n').slice(0, -1);
    return lines.filter(line => line.startsWith('{')).map(line => recordFromJson(line));
  }

  async isReady(): Promise<boolean> {
    const answer = await request({ port: this.metricsPort }, '/readyz', { headers: { Connection: 'close' } });
    return answer.status === 200;
  }

  /** Asks the admin socket. */
  async admin(method: string, target: string): Promise<RawResponse> {
    const directory = join(this.runtime.path, 'weir');
    // It is opened when the gateway is ready, a moment after that is said.
    const [socket = ''] = await waitFor(
      async () => {
        const names = await readdir(directory).catch(() => []);
        return names.length > 0 && names;
      },
      { what: `an admin socket in ${directory}` },
    );
    return request({ socketPath: join(directory, socket) }, target, { method, headers: { Connection: 'close' } });
  }

  /** Prometheus text of all metrics. */
  async metrics(): Promise<string> {
    const answer = await request({ port: this.metricsPort }, '/metrics', { headers: { Connection: 'close' } });
    return answer.text;
  }

  async waitUntilReady(timeoutMs = 20_000): Promise<void> {
    await waitFor(
      async () => {
        if (!this.child.isRunning) return true;
        return this.isReady();
      },
      { what: () => `weir up to be ready\n${this.child.output}`, timeoutMs },
    );
    if (!this.child.isRunning) throw new Error(`weir up ended before it was ready\n${this.child.output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child[Symbol.asyncDispose]();
    await this.directory[Symbol.asyncDispose]();
    await this.runtime[Symbol.asyncDispose]();
  }
}

/** Starts `weir up` on a directory with these documents, without waiting: for tests of bad starts. */
export async function spawnWeir(documents: readonly TestDocument[], { flags = [], env = {} }: WeirOptions = {}): Promise<Weir> {
  const directory = await createTempDirectory();
  for (const document of documents) await writeDocument(directory, document);
  const [metricsPort] = await findFreePorts(1);
  const runtime = await createTempDirectory();
  const metrics = ['--metrics-address', `127.0.0.1:${metricsPort!}`];
  const child = new Child([process.execPath, MAIN, 'up', directory.path, '--access-log', 'json', ...metrics, ...flags], {
    env: { ...env, XDG_RUNTIME_DIR: runtime.path },
  });
  return new Weir({ child, directory, runtime, metricsPort: metricsPort! });
}

/** Starts `weir up` on a directory with these documents and waits until it is ready. */
export async function startWeir(documents: readonly TestDocument[], options: WeirOptions = {}): Promise<Weir> {
  const weir = await spawnWeir(documents, options);
  try {
    await weir.waitUntilReady(options.readyTimeoutMs);
    return weir;
  } catch (error) {
    await weir[Symbol.asyncDispose]();
    throw error;
  }
}

/** Writes a document into a file named after it, and so replaces the one that was there. */
export async function writeDocument(directory: TempDirectory, document: TestDocument): Promise<void> {
  await directory.write(documentFile(document), JSON.stringify(document, undefined, 2));
}

/** Name of the file in which `writeDocument` keeps a document. */
export function documentFile({ kind, metadata }: TestDocument): string {
  return `${kind.toLowerCase()}-${metadata.namespace ?? 'default'}-${metadata.name}.json`;
}

/** Runs `weir` with these arguments to its end: for commands that do not stay. */
export async function runWeir(args: readonly string[]): Promise<Child> {
  const child = new Child([process.execPath, MAIN, ...args]);
  await child.exited;
  return child;
}

function recordFromJson(line: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`not a record: ${line}`);
  return { ...value };
}
