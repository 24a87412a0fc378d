// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { Child } from '../process/child.ts';
import { mustRun } from './run-command.ts';

/** What happens to each frame on a host's link, in either direction. */
export interface Impairment {
  /** Each way: a round trip takes twice that. Absent = none. */
  readonly delayMs?: number;
  /** Share of frames that are lost, from 0 to 1. Absent = none. */
  readonly lossRatio?: number;
}

export interface Wire {
  /** Of the switch. */
  readonly namespace: string;
  readonly bridge: string;
}

const LINK_PROGRAM = fileURLToPath(new URL('impaired-link.ts', import.meta.url));

/**
 * What goes wrong on the links of a switch. Partitions are rules of the kernel. Delay and loss are a program between a host's port
 * and the switch: the kernel's own queue for that (netem) is missing from many kernels, among them those of small virtual machines.
 */
export class Impairments implements AsyncDisposable {
  private readonly wire: Wire;
  private readonly links = new Map<string, Child>();
  /** `port port`, in order. */
  private readonly partitions = new Set<string>();

  constructor(wire: Wire) {
    this.wire = wire;
  }

  async set(port: string, impairment: Impairment): Promise<void> {
    await this.clear(port);
    if ((impairment.delayMs ?? 0) > 0 || (impairment.lossRatio ?? 0) > 0) await this.insert(port, impairment);
  }

  partition(one: string, other: string): Promise<void> {
    this.partitions.add(pairOf(one, other));
    return this.applyPartitions();
  }

  heal(one: string, other: string): Promise<void> {
    this.partitions.delete(pairOf(one, other));
    return this.applyPartitions();
  }

  healAll(): Promise<void> {
    this.partitions.clear();
    return this.applyPartitions();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.links.values()) await link[Symbol.asyncDispose]();
    this.links.clear();
  }

  /** host ─ port ─ side bridge ─ inner tap ─ program ─ outer tap ─ bridge of the switch. */
  private async insert(port: string, { delayMs = 0, lossRatio = 0 }: Impairment): Promise<void> {
    const { namespace, bridge } = this.wire;
    const [inner, outer, side] = [innerOf(port), outerOf(port), sideOf(port)];
    const program = [process.execPath, LINK_PROGRAM, inner, outer, String(delayMs), String(lossRatio)] as const;
    const link = new Child(['ip', 'netns', 'exec', namespace, ...program]);
    this.links.set(port, link);
    await link.sees(/ready/);
    await this.ip('link', 'add', side, 'up', 'type', 'bridge');
    await this.ip('link', 'set', inner, 'up', 'master', side);
    await this.ip('link', 'set', outer, 'up', 'master', bridge);
    await this.ip('link', 'set', port, 'master', side);
  }

  private async clear(port: string): Promise<void> {
    const link = this.links.get(port);
    if (link === undefined) return;
    await this.ip('link', 'set', port, 'master', this.wire.bridge);
    await link[Symbol.asyncDispose]();
    this.links.delete(port);
    await this.ip('link', 'delete', sideOf(port));
  }

  private async applyPartitions(): Promise<void> {
    const rules = [...this.partitions].flatMap(pair => {
      const [one = '', other = ''] = pair.split(' ');
      return [dropFrom(one, other), dropFrom(other, one)];
    });
    const table = 'table bridge weir';
    const chain = `chain forward { type filter hook forward priority 0; ${rules.join(' ')} }`;
    const script = `${table}; delete ${table}; ${table} { ${chain}; }`;
    await mustRun(['ip', 'netns', 'exec', this.wire.namespace, 'nft', script]);
  }

  private async ip(...command: readonly string[]): Promise<void> {
    await mustRun(['ip', '-n', this.wire.namespace, ...command]);
  }
}

/** With and without a program on its link, a host is behind another interface of the switch. */
function dropFrom(one: string, other: string): string {
  return `iifname { "${one}", "${outerOf(one)}" } oifname { "${other}", "${outerOf(other)}" } drop;`;
}

function pairOf(one: string, other: string): string {
  return [one, other].toSorted().join(' ');
}

function innerOf(port: string): string {
  return `${port}-in`;
}

function outerOf(port: string): string {
  return `${port}-out`;
}

function sideOf(port: string): string {
  return `${port}-side`;
}
