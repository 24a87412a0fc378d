// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { Child, createTempDirectory, findFreePorts, request } from '@weir/testing';
import type { RawResponse, TempDirectory, TestDocument } from '@weir/testing';

const WEIR = [process.execPath, join(import.meta.dirname, '../../../../apps/cli/src/main.ts')] as const;
const ADDRESS = '127.0.0.1';
const START_MS = 30_000;

export interface ProcessMeshOptions {
  /** Names of Services in `shop`; each has one endpoint, served by a workload of the same name. */
  readonly services: readonly string[];
  /** Further arguments of `weir control-plane`. */
  readonly flags?: readonly string[];
}

export interface SidecarRun {
  /** The Service that it stands beside, also its service account. */
  readonly service: string;
  /** Port at which its application listens; absent = nobody calls it. */
  readonly application?: number;
  /** Services that its application calls. */
  readonly calls?: readonly string[];
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A sidecar with where it can be asked. */
export interface RunningSidecarProcess {
  readonly child: Child;
  /** By Service: where the application calls it. */
  readonly calls: ReadonlyMap<string, number>;
  /** Asks its metrics address. */
  ask(path: string): Promise<RawResponse>;
}

/** `weir control-plane` and sidecars, each a process of its own. */
export class ProcessMesh implements AsyncDisposable {
  readonly controlPlane: Child;
  private readonly directory: TempDirectory;
  private readonly at: string;
  private readonly endpoints: ReadonlyMap<string, number>;
  private readonly running = new AsyncDisposableStack();

  private constructor(parts: {
    controlPlane: Child;
    directory: TempDirectory;
    at: string;
    endpoints: ReadonlyMap<string, number>;
  }) {
    this.controlPlane = parts.controlPlane;
    this.directory = parts.directory;
    this.at = parts.at;
    this.endpoints = parts.endpoints;
  }

  static async start({ services, flags = [] }: ProcessMeshOptions): Promise<ProcessMesh> {
    const directory = await createTempDirectory();
    const [stream = 0, api = 0, ...own] = await findFreePorts(2 + services.length);
    const endpoints = new Map(services.map((name, i) => [name, own[i] ?? 0]));
    for (const one of [...endpoints].flatMap(([name, port]) => documentsOf(name, port))) {
      await directory.write(`config/${one.kind}-${one.metadata.name}.json`, JSON.stringify(one));
    }
    const at = `${ADDRESS}:${stream}`;
    const places = ['--config', join(directory.path, 'config'), '--listen', at, '--api', `${ADDRESS}:${api}`];
    const controlPlane = new Child([...WEIR, 'control-plane', ...places, ...flags], { env: environmentIn(directory) });
    await controlPlane.sees(/proxies connect here/v, START_MS);
    return new ProcessMesh({ controlPlane, directory, at, endpoints });
  }

  /** Starts a sidecar and waits until it serves. */
  async startSidecar({ service, application, calls = [], flags = [], env = {} }: SidecarRun): Promise<RunningSidecarProcess> {
    const [metrics = 0, ...ways] = await findFreePorts(1 + calls.length);
    const places = new Map(calls.map((name, i) => [name, ways[i] ?? 0]));
    const inbound =
      application === undefined ? [] : ['--inbound', `${ADDRESS}:${this.endpointOf(service)}=${ADDRESS}:${application}`];
    const outbound = [...places].flatMap(([name, port]) => ['--outbound', `${ADDRESS}:${port}=${name}.shop:80`]);
    const own = ['--identity', `shop/${service}`, '--control-plane', this.at, '--metrics-address', `${ADDRESS}:${metrics}`];
    const child = this.running.use(
      new Child([...WEIR, 'sidecar', ...own, '--access-log', 'off', ...inbound, ...outbound, ...flags], {
        env: { ...environmentIn(this.directory), ...env, WEIR_JOIN: await this.joinTextFor(service) },
      }),
    );
    await child.sees(/is the sidecar of/v, START_MS);
    const ask = (path: string): Promise<RawResponse> => request({ port: metrics }, path, { headers: { Connection: 'close' } });
    return { child, calls: places, ask };
  }

  /** Runs a command beside a sidecar, with `weir run`. */
  async run(service: string, flags: readonly string[], command: readonly string[]): Promise<Child> {
    const own = ['--service', `shop/${service}`, '--control-plane', this.at, '--access-log', 'off'];
    return this.running.use(
      new Child([...WEIR, 'run', ...own, ...flags, '--', ...command], {
        env: { ...environmentIn(this.directory), WEIR_JOIN: await this.joinTextFor(service) },
      }),
    );
  }

  /** A text that a workload joins with, once. */
  async joinTextFor(service: string): Promise<string> {
    await using token = new Child([...WEIR, 'token', '--identity', `shop/${service}`, '--address', ADDRESS], {
      env: environmentIn(this.directory),
    });
    const { code } = await token.exited;
    if (code !== 0) throw new Error(`no join token\n${token.output}`);
    return token.stdout.trim();
  }

  /** Where others call a workload: the port of its sidecar. */
  endpointOf(service: string): number {
    const port = this.endpoints.get(service);
    if (port === undefined) throw new Error(`no Service ${service}`);
    return port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.disposeAsync();
    await this.controlPlane[Symbol.asyncDispose]();
    await this.directory[Symbol.asyncDispose]();
  }
}

function environmentIn({ path }: TempDirectory): Readonly<Record<string, string>> {
  return { WEIR_STATE: join(path, 'state'), XDG_RUNTIME_DIR: path };
}

function documentsOf(name: string, port: number): readonly TestDocument[] {
  const metadata = { name, namespace: 'shop' };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 80 }] } },
    {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: {
        ...metadata,
        labels: { 'kubernetes.io/service-name': name },
        annotations: { 'weir.dev/identity': `shop/${name}` },
      },
      ports: [{ name: 'http', port }],
      endpoints: [{ addresses: [ADDRESS] }],
    },
  ];
}
