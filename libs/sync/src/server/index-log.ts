// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import { addChecksums, subtractChecksums } from '../messages/checksum.ts';
import type { Change } from './catalog.ts';

interface Line {
  readonly sequence: number;
  readonly name: ResourceName;
}

/** Lines kept beyond those of names that were named since: a proxy that is further behind resumes. */
const MAX_LINES = 20_000;

/**
 * The changes of one kind in their order, for those who have all resources of the kind: each keeps only how far it has come, and no set
 * of names.
 */
export class IndexLog {
  /** Of all resources of the kind together. */
  checksum = 0;
  private lines: Line[] = [];
  /** Everything up to here is known only to those who have it. */
  private floor = 0;

  append({ name, before, after }: Change, sequence: number): void {
    this.checksum = addChecksums(subtractChecksums(this.checksum, before?.checksum ?? 0), after?.checksum ?? 0);
    this.lines.push({ sequence, name });
    if (this.lines.length > MAX_LINES) this.shorten();
  }

  /** Names that changed after `sequence`; undefined = that is too long ago. */
  namesSince(sequence: number): ReadonlySet<ResourceName> | undefined {
    if (sequence < this.floor) return undefined;
    const names = new Set<ResourceName>();
    for (let i = this.lines.length - 1; i >= 0 && this.lines[i]!.sequence > sequence; i--) names.add(this.lines[i]!.name);
    return names;
  }

  private shorten(): void {
    const half = this.lines.length / 2;
    this.floor = this.lines[half - 1]!.sequence;
    this.lines = this.lines.slice(half).filter(({ sequence }) => sequence > this.floor);
  }
}
