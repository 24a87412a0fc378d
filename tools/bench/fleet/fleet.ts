// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { FleetLink } from './fleet-link.ts';
import { monotonicMs } from './fleet-messages.ts';
import type { JoinedFleet } from './join-fleet.ts';
import { countUsers } from './fleet-plan.ts';
import type { LeafFiles } from './fleet-messages.ts';
import type { ServiceIndex } from './fleet-plan.ts';

/** Proxies in one process: so many indexes of a mesh are a heap that is still collected quickly. */
const PROXIES_A_PROCESS = 500;

export interface Change {
  readonly service: ServiceIndex;
  /** Text that nothing but what changed has in it. */
  readonly marker: string;
  /** Writes the file. */
  readonly write: () => void;
}

interface Part {
  readonly link: FleetLink;
  readonly proxies: readonly number[];
}

/** All simulated proxies of a run. */
export class Fleet implements AsyncDisposable {
  private readonly parts: readonly Part[];

  private constructor(parts: readonly Part[]) {
    this.parts = parts;
  }

  /** Connects every proxy; resolves when all are current. */
  static async connect({ rootsPem, leaves }: JoinedFleet, port: number, directory: string): Promise<Fleet> {
    const shares: LeafFiles[][] = [];
    for (let first = 0; first < leaves.length; first += PROXIES_A_PROCESS) {
      shares.push(leaves.slice(first, first + PROXIES_A_PROCESS));
    }
    await using stack = new AsyncDisposableStack();
    const parts: Part[] = [];
    for (const [index, share] of shares.entries()) {
      const link = stack.use(await FleetLink.start(join(directory, `fleet-${index}.log`)));
      parts.push({ link, proxies: share.map(({ proxy }) => proxy) });
    }
    await Promise.all(
      parts.map(({ link }, index) => link.ask('connected', { kind: 'connect', port, rootsPem, leaves: shares[index] ?? [] })),
    );
    stack.move();
    return new Fleet(parts);
  }

  get pids(): readonly number[] {
    return this.parts.map(({ link }) => link.pid);
  }

  /** Makes a change; resolves with how long each proxy that it concerns took, from the write to its acknowledgement. */
  async measure({ service, marker, write }: Change): Promise<readonly number[]> {
    const concerned = this.parts
      .map(({ link, proxies }) => ({ link, count: countUsers(service, proxies) }))
      .filter(({ count }) => count > 0);
    await Promise.all(concerned.map(({ link, count }) => link.ask('watching', { kind: 'watch', marker, count })));
    const answers = concerned.map(({ link }) => link.ask('acked'));
    const startedMs = monotonicMs();
    write();
    return (await Promise.all(answers)).flatMap(({ atMs }) => atMs.map(each => each - startedMs));
  }

  /** Resolves with how long it took from now until all proxies had lost their streams and were current again. */
  async measureLoss(restart: () => Promise<void>): Promise<number> {
    await Promise.all(this.parts.map(({ link }) => link.ask('expecting', { kind: 'expectLoss' })));
    const answers = this.parts.map(({ link }) => link.ask('settled'));
    const startedMs = monotonicMs();
    await restart();
    const atMs = (await Promise.all(answers)).map(answer => answer.atMs);
    return Math.max(...atMs) - startedMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.parts.map(({ link }) => link[Symbol.asyncDispose]()));
  }
}
