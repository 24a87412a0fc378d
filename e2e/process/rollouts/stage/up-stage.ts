// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { Child, createTempDirectory, findFreePorts, request, startUpstream, waitFor, writeDocument } from '@weir/testing';
import type { TempDirectory, TestDocument, Upstream } from '@weir/testing';
import { forward, gateway, route } from '../../stage/documents.ts';
import type { Fields } from '../../stage/documents.ts';
import { meshed } from '../../stage/mesh-documents.ts';
import { healthy } from './revisions.ts';
import type { SeenState } from './staged-rollout.ts';
import { SteadyLoad } from './steady-load.ts';

const MAIN = fileURLToPath(new URL('../../../../apps/cli/src/main.ts', import.meta.url));
const ROLLOUT = 'default/catalogue';

interface Ports {
  readonly edge: number;
  readonly mesh: number;
  readonly metrics: number;
  /** Of sidecars: of the caller and of both revisions. */
  readonly sidecars: readonly [number, number, number];
}

/** One `weir up` with everything: a gateway, sidecars of two revisions of a Service, and one of who calls it. */
export class UpStage implements AsyncDisposable {
  private readonly ports: Ports;
  private readonly directory: TempDirectory;
  private readonly runtime: TempDirectory;
  /** Of the user: what lies there is kept over restarts, unless `start` is told otherwise. */
  private readonly home: TempDirectory;
  private readonly upstreams: readonly Upstream[];
  private weir: Child | undefined;
  private readonly loads = new AsyncDisposableStack();

  private constructor(ports: Ports, directories: readonly TempDirectory[], upstreams: readonly Upstream[]) {
    this.ports = ports;
    [this.directory, this.runtime, this.home] = directories as [TempDirectory, TempDirectory, TempDirectory];
    this.upstreams = upstreams;
  }

  /** Does not start it yet. `spec`: of the Rollout, over what all have. */
  static async open(spec: Fields): Promise<UpStage> {
    const [edge = 0, mesh = 0, metrics = 0, ...sidecars] = await findFreePorts(6);
    const directories = await Promise.all([1, 2, 3].map(() => createTempDirectory()));
    const upstreams = await Promise.all(['v1', 'v2', 'caller'].map(name => startUpstream(healthy(name))));
    const ports = { edge, mesh, metrics, sidecars: sidecars as [number, number, number] };
    const stage = new UpStage(ports, directories, upstreams);
    for (const document of documentsOf({ ports, upstreams, spec })) await writeDocument(stage.directory, document);
    return stage;
  }

  /** Resolves when it is ready. */
  async start(flags: readonly string[] = ['--state', `${this.home.path}/rollouts`]): Promise<Child> {
    const { metrics } = this.ports;
    const options = ['--access-log', 'off', '--drain-delay', '0', '--metrics-address', `127.0.0.1:${metrics}`];
    const weir = new Child([process.execPath, MAIN, 'up', this.directory.path, ...options, ...flags], { env: this.env });
    this.weir = weir;
    await waitFor(async () => (await this.isReady()) || !weir.isRunning, { what: () => weir.output, timeoutMs: 60_000 });
    if (!weir.isRunning) throw new Error(weir.output);
    return weir;
  }

  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.weir?.stop(signal);
  }

  /** Steady requests from outside and from inside, until the stage is gone. */
  load(): { readonly edge: SteadyLoad; readonly mesh: SteadyLoad } {
    return { edge: this.loads.use(new SteadyLoad(this.ports.edge)), mesh: this.loads.use(new SteadyLoad(this.ports.mesh)) };
  }

  /** `weir rollout …`, to its end. */
  async rollout(...words: readonly string[]): Promise<Child> {
    const child = new Child([process.execPath, MAIN, 'rollout', ...words], { env: this.env });
    await child.exited;
    return child;
  }

  async state(): Promise<SeenState | undefined> {
    const answer = await request({ socketPath: this.socket }, `/api/v1/rollouts/${ROLLOUT}`, {
      headers: { Connection: 'close' },
    });
    return (answer.json() as { readonly state?: SeenState }).state;
  }

  /** Waits until the state is so. */
  async comes(what: string, isSo: (state: SeenState) => boolean): Promise<SeenState> {
    let last: SeenState | undefined;
    const see = async (): Promise<SeenState | undefined> => {
      last = await this.state().catch(() => undefined);
      return last !== undefined && isSo(last) ? last : undefined;
    };
    return waitFor(see, {
      what: () => `${what}; it is ${JSON.stringify(last)}\n${this.weir?.output ?? ''}`,
      timeoutMs: 30_000,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.loads.disposeAsync();
    await this.weir?.[Symbol.asyncDispose]();
    await Promise.all(this.upstreams.map(upstream => upstream[Symbol.asyncDispose]()));
    await Promise.all([this.directory, this.runtime, this.home].map(directory => directory[Symbol.asyncDispose]()));
  }

  private get env(): Readonly<Record<string, string>> {
    return { XDG_RUNTIME_DIR: this.runtime.path, XDG_STATE_HOME: this.home.path };
  }

  private get socket(): string {
    return `${this.runtime.path}/weir/${this.weir?.pid ?? 0}.sock`;
  }

  private async isReady(): Promise<boolean> {
    const answer = request({ port: this.ports.metrics }, '/readyz', { headers: { Connection: 'close' } });
    return answer.then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}

interface Scene {
  readonly ports: Ports;
  readonly upstreams: readonly Upstream[];
  readonly spec: Fields;
}

function documentsOf({ ports, upstreams: processes, spec }: Scene): readonly TestDocument[] {
  const [stable, candidate, caller] = processes.map(({ port }) => port);
  const [ofCaller, ofStable, ofCandidate] = ports.sidecars;
  const upstreams = `catalogue=127.0.0.1:${ports.mesh}`;
  const target: TestDocument = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'catalogue', namespace: 'default' } },
    spec: { ports: [{ name: 'main', port: 80 }] },
  };
  return [
    gateway('edge', [{ name: 'http', protocol: 'HTTP', port: ports.edge }]),
    route('catalogue', [forward('/', 'catalogue')]),
    target,
    ...meshed('v1', { at: ofStable, application: stable ?? 0, account: 'catalogue' }),
    ...meshed('v2', { at: ofCandidate, application: candidate ?? 0, account: 'catalogue' }),
    ...meshed('caller', { at: ofCaller, application: caller ?? 0, upstreams }),
    {
      ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'catalogue', namespace: 'default' } },
      spec: {
        targetRef: { name: 'catalogue' },
        revisions: { services: { stable: 'v1', candidate: 'v2' } },
        rollbackWindow: '1s',
        ...spec,
      },
    },
  ];
}
