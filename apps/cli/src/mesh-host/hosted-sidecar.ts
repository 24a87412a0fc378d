// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { createSystemRandom, systemClock } from '@weir/base';
import type { RequestedSidecar } from '@weir/policy/compile';
import { defaultSettings, loadSocketCalls } from '@weir/proxy';
import type { AccessLogSettings, PoolTracing, SharedThread } from '@weir/proxy';
import { Sidecar } from '@weir/sidecar/hosted';
import { SplitReporter, SyncClient } from '@weir/sync/client';
import type { Connect } from '@weir/sync/client';
import { allRoot, indexRoot, nameRoot } from '@weir/sync/messages';
import type { MetricsDump } from '@weir/telemetry';
import type { LocalAuthority } from './local-authority.ts';

export interface HostedSidecarOptions {
  readonly authority: LocalAuthority;
  readonly accessLog: AccessLogSettings;
  /** Undefined = no traces. */
  readonly tracing: PoolTracing | undefined;
  readonly zone: string;
  readonly connect: Connect;
  readonly thread: SharedThread;
  readonly onNote: (text: string) => void;
}

/** Everything is in the same process: who waits longer than this waits for what never comes. */
const START_PATIENCE_MS = 15_000;

/** A sidecar in the process of the gateway, beside others in one thread. */
export class HostedSidecar {
  private current: RequestedSidecar;
  private readonly options: HostedSidecarOptions;
  private readonly ending = new AsyncDisposableStack();
  private sidecar: Sidecar | undefined;

  constructor(wanted: RequestedSidecar, options: HostedSidecarOptions) {
    this.current = wanted;
    this.options = options;
  }

  /** Whether it is what documents ask for now. */
  isAsWanted(wanted: RequestedSidecar): boolean {
    return isDeepStrictEqual(this.current, wanted);
  }

  /** Whether it can become that without an end to any connection: who it is, and at which addresses, was settled at its start. */
  canBecome({ identity, inbound }: RequestedSidecar): boolean {
    return identity === this.current.identity && isDeepStrictEqual(addressesOf(inbound), addressesOf(this.current.inbound));
  }

  /** Resolves when it serves. Throws ListenError, and what the authority does; `stop` it then. */
  async start(): Promise<void> {
    const { current, ending } = this;
    const { accessLog, authority, onNote, thread, tracing, zone } = this.options;
    const { identity, key } = current;
    const owner = { pid: process.pid, directory: `sidecar of ${key}`, startedAt: new Date().toISOString() };
    const sidecar = new Sidecar(
      {
        ...{ ...current, accessLog, tracing, onNote, owner, keepsOldPorts: true, settings: { ...defaultSettings, zone } },
        calls: await loadSocketCalls(),
      },
      thread.createWorker,
    );
    this.sidecar = sidecar;
    await sidecar.start();
    const onFailure = (reason: string): void => onNote(`the certificate is not renewed yet: ${reason}`);
    const leaf = await authority.keep({ identity, take: given => sidecar.identify(given), onFailure });
    ending.defer(() => leaf.stop());
    const client = this.createClient(sidecar);
    ending.defer(() => client.close());
    await client.start();
    const splits = new SplitReporter({ clock: systemClock, client, take: () => sidecar.splitReport() });
    ending.defer(() => splits.close());
    await completeInTime(sidecar);
    await sidecar.open();
  }

  /** Becomes something else while it serves; see `canBecome`. Throws ListenError, and then stays as it was. */
  async become(wanted: RequestedSidecar): Promise<void> {
    await this.sidecar?.rebind(wanted);
    this.current = wanted;
  }

  /** Ends listening where it did before it became something else. */
  async closeOldPorts(): Promise<void> {
    await this.sidecar?.closeOldPorts(OLD_PORT_PATIENCE_MS);
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.sidecar?.stop({ delayMs: 0, deadlineMs });
    await this.ending.disposeAsync();
  }

  async metrics(): Promise<readonly MetricsDump[]> {
    return (await this.sidecar?.metrics()) ?? [];
  }

  status(): unknown {
    return this.sidecar?.status();
  }

  private createClient(sidecar: Sidecar): SyncClient {
    const { identity, inbound, key } = this.current;
    const workloads = addressesOf(inbound).map(address => nameRoot(`workload/${identity}/${address}`));
    return new SyncClient({
      proxy: key,
      // In one process everything is at hand: no Service has to be asked for when it is called.
      roots: [allRoot('meshService'), indexRoot('meshSettings'), ...workloads],
      ...{ clock: systemClock, random: createSystemRandom(), connect: this.options.connect, file: undefined },
      configuration: { apply: transaction => sidecar.apply(transaction) },
    });
  }
}

/** What is still in a queue is taken; nobody should come any more. */
const OLD_PORT_PATIENCE_MS = 1_000;

function addressesOf(inbound: RequestedSidecar['inbound']): readonly string[] {
  return [...new Set(inbound.map(({ listen }) => listen.address))].toSorted((left, right) => left.localeCompare(right));
}

async function completeInTime(sidecar: Sidecar): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = systemClock.after(START_PATIENCE_MS, () => {
    const readiness = sidecar.readiness();
    const reason = readiness.isReady ? 'it is not told' : readiness.reason;
    late.reject(new Error(`it did not get what it needs within ${START_PATIENCE_MS / 1000} s: ${reason}`));
  });
  try {
    await Promise.race([sidecar.isComplete(), late.promise]);
  } finally {
    timer.cancel();
  }
}
