// SPDX-License-Identifier: Apache-2.0
import type { MeshBeside, PrepareCompilation } from '@weir/gateway';
import { MESH_SETTINGS } from '@weir/policy/snapshot';
import type { MetricsDump } from '@weir/telemetry';
import type { RolloutMesh } from '../rollout-host/rollout-host.ts';
import type { MeshSplit } from '../rollout-host/whole-arrival.ts';
import type { MeshHost, MeshHostOptions } from './mesh-host.ts';
import type { SidecarState } from './sidecar-set.ts';

/** The mesh of one process from the moment on that documents ask for one: until then nothing of it is loaded. */
export class LazyMeshHost implements MeshBeside, RolloutMesh {
  private readonly options: MeshHostOptions;
  private loading: Promise<MeshHost> | undefined;
  private host: MeshHost | undefined;

  constructor(options: MeshHostOptions) {
    this.options = options;
  }

  /** See MeshHost. */
  readonly prepare: PrepareCompilation = (compilation, loaded, equip) => {
    if (this.loading === undefined && !compilation.snapshot.resources.has(MESH_SETTINGS)) return undefined;
    this.loading ??= this.load();
    return this.loading.then(host => host.prepare(compilation, loaded, equip));
  };

  /** See MeshHost. */
  get states(): readonly SidecarState[] {
    return this.host?.states ?? [];
  }

  /** '' = there is no mesh. */
  get trustDomain(): string {
    return this.host?.trustDomain ?? '';
  }

  /** See MeshHost. */
  splitOf(rollout: string): MeshSplit | undefined {
    return this.host?.splitOf(rollout);
  }

  /** See MeshHost. */
  isConnected(proxy: string): boolean {
    return this.host?.isConnected(proxy) === true;
  }

  metrics(): Promise<readonly MetricsDump[]> {
    return this.host?.metrics() ?? Promise.resolve([]);
  }

  status(): unknown {
    return this.host?.status() ?? [];
  }

  /** See MeshHost. */
  async settle(): Promise<void> {
    await this.host?.settle();
  }

  /** See MeshHost. */
  async close(deadlineMs: number): Promise<void> {
    await (await this.loading)?.close(deadlineMs);
  }

  private async load(): Promise<MeshHost> {
    const { MeshHost: Host } = await import('./mesh-host.ts');
    this.host = new Host(this.options);
    return this.host;
  }
}
