// SPDX-License-Identifier: Apache-2.0
import type { PrepareCompilation } from '@weir/gateway';
import type { MeshHost, MeshHostOptions } from './mesh-host.ts';

/** The mesh of one process from the moment on that documents ask for one: until then nothing of it is loaded. */
export class LazyMeshHost {
  private readonly options: MeshHostOptions;
  private host: Promise<MeshHost> | undefined;

  constructor(options: MeshHostOptions) {
    this.options = options;
  }

  /** See MeshHost. */
  readonly prepare: PrepareCompilation = (compilation, loaded, equip) => {
    if (this.host === undefined && !compilation.snapshot.resources.has(SETTINGS)) return undefined;
    this.host ??= this.load();
    return this.host.then(host => host.prepare(compilation, loaded, equip));
  };

  /** See MeshHost. */
  async settle(): Promise<void> {
    await (await this.host)?.settle();
  }

  /** See MeshHost. */
  async close(deadlineMs: number): Promise<void> {
    await (await this.host)?.close(deadlineMs);
  }

  private async load(): Promise<MeshHost> {
    const { MeshHost: Host } = await import('./mesh-host.ts');
    return new Host(this.options);
  }
}

/** There where there is a mesh. */
const SETTINGS = 'mesh-settings';
