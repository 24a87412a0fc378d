// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { createSystemRandom, systemClock } from '@weir/base';
import type { RequestedSidecar } from '@weir/policy/compile';
import { defaultSettings, loadSocketCalls } from '@weir/proxy';
import type { AccessLogSettings, PoolTracing } from '@weir/proxy';
import { Sidecar } from '@weir/sidecar/hosted';
import { SyncClient } from '@weir/sync/client';
import type { Connect } from '@weir/sync/client';
import { allRoot, indexRoot, nameRoot } from '@weir/sync/messages';
import type { LocalAuthority } from './local-authority.ts';

export interface HostedSidecarOptions {
  readonly accessLog: AccessLogSettings;
  /** Undefined = no traces. */
  readonly tracing: PoolTracing | undefined;
  readonly zone: string;
  readonly connect: Connect;
  readonly onNote: (text: string) => void;
}

/** A sidecar in the process of the gateway, with a thread of its own. */
export class HostedSidecar {
  private readonly wanted: RequestedSidecar;
  private readonly options: HostedSidecarOptions;
  private sidecar: Sidecar | undefined;
  private client: SyncClient | undefined;

  constructor(wanted: RequestedSidecar, options: HostedSidecarOptions) {
    this.wanted = wanted;
    this.options = options;
  }

  /** Whether it is what documents ask for now. */
  isAsWanted(wanted: RequestedSidecar): boolean {
    return isDeepStrictEqual(this.wanted, wanted);
  }

  /** Resolves when it serves. Throws ListenError, and what the authority does. */
  async start(authority: LocalAuthority): Promise<void> {
    const { wanted } = this;
    const { accessLog, tracing, zone, connect, onNote } = this.options;
    const sidecar = new Sidecar({
      ...wanted,
      ...{ accessLog, tracing, onNote, settings: { ...defaultSettings, zone } },
      calls: await loadSocketCalls(),
      owner: { pid: process.pid, directory: `sidecar of ${wanted.key}`, startedAt: new Date().toISOString() },
    });
    this.sidecar = sidecar;
    await sidecar.start();
    await authority.keep(wanted.identity, identity => sidecar.identify(identity));
    const workloads = wanted.inbound.map(({ listen }) => nameRoot(`workload/${wanted.identity}/${listen.address}`));
    this.client = new SyncClient({
      proxy: wanted.key,
      // In one process everything is at hand: no Service has to be asked for when it is called.
      roots: [allRoot('meshService'), indexRoot('meshSettings'), ...new Set(workloads)],
      ...{ clock: systemClock, random: createSystemRandom(), connect, file: undefined },
      configuration: { apply: transaction => sidecar.apply(transaction) },
    });
    await this.client.start();
    await sidecar.isComplete();
    await sidecar.open();
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.sidecar?.stop({ delayMs: 0, deadlineMs });
    await this.client?.close();
  }
}
