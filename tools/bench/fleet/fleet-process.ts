// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { createSystemRandom } from '@weir/base';
import type { SyncClient } from '@weir/sync/client';
import { monotonicMs } from './fleet-messages.ts';
import type { FleetCommand, FleetReport } from './fleet-messages.ts';
import { createSimulatedProxy } from './simulated-proxy.ts';

/** Begun at a time: what waits longer for its handshake than a client does would only begin anew. */
const BATCH = 50;
const POLL_MS = 5;

interface Watch {
  readonly marker: Buffer;
  readonly text: string;
  readonly count: number;
  readonly atMs: number[];
}

/** Many proxies in one process, told what to do by the run that started it. */
class Fleet {
  private readonly clients: SyncClient[] = [];
  /** Numbers of those that have lost their streams since a loss was announced. */
  private readonly lost = new Set<number>();
  private watched: Watch | undefined;

  async connect({ port, rootsPem, leaves }: Extract<FleetCommand, { kind: 'connect' }>): Promise<void> {
    const random = createSystemRandom();
    for (let first = 0; first < leaves.length; first += BATCH) {
      const batch = leaves.slice(first, first + BATCH).map(leaf =>
        createSimulatedProxy({
          ...{ leaf, port, rootsPem, random },
          onAck: bodies => this.note(bodies),
          onEnd: detail => {
            this.lost.add(leaf.proxy);
            process.stderr.write(`proxy ${leaf.proxy}: ${detail}\n`);
          },
        }),
      );
      this.clients.push(...batch);
      await Promise.all(batch.map(client => client.start()));
      await until(() => batch.every(client => client.isConnected));
    }
    report({ kind: 'connected' });
  }

  watch({ marker, count }: Extract<FleetCommand, { kind: 'watch' }>): void {
    this.watched = { marker: Buffer.from(marker), text: marker, count, atMs: [] };
    report({ kind: 'watching' });
  }

  async expectLoss(): Promise<void> {
    this.lost.clear();
    report({ kind: 'expecting' });
    await until(() => this.lost.size === this.clients.length && this.clients.every(client => client.isConnected));
    report({ kind: 'settled', atMs: monotonicMs() });
  }

  private note(bodies: readonly Uint8Array[]): void {
    const { watched } = this;
    if (watched === undefined || !bodies.some(body => viewOf(body).includes(watched.marker))) return;
    watched.atMs.push(monotonicMs());
    if (watched.atMs.length < watched.count) return;
    this.watched = undefined;
    report({ kind: 'acked', marker: watched.text, atMs: watched.atMs });
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(POLL_MS);
}

function report(message: FleetReport): void {
  process.send?.(message);
}

const fleet = new Fleet();
process.on('message', (command: FleetCommand) => {
  if (command.kind === 'connect') void fleet.connect(command);
  else if (command.kind === 'watch') fleet.watch(command);
  else void fleet.expectLoss();
});
process.on('disconnect', () => process.exit());
