// SPDX-License-Identifier: Apache-2.0
import { CONTRACT_REVISIONS } from '@weir/sync/messages';
import { lossBetween } from './shape-loss.ts';

export interface Contract {
  readonly revisions: Readonly<Record<string, number>>;
  readonly shapes: Readonly<Record<string, unknown>>;
}

/** Revision of each kind's contract as the code says. */
export function contractRevisions(): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(CONTRACT_REVISIONS).map(([kind, { revision }]) => [kind, revision]));
}

/** What keeps shapes from being recorded: kinds that take less than they did, under the same revision. */
export function contractProblems(recorded: Contract, shapes: Contract['shapes']): readonly string[] {
  return Object.entries(contractRevisions()).flatMap(([kind, revision]) => {
    const type = `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)}`;
    if (recorded.revisions[kind] !== revision || recorded.shapes[type] === undefined) return [];
    const loss = lossBetween(recorded.shapes, shapes, type);
    return loss === undefined
      ? []
      : [
          `${kind}${loss}; raise its revision in libs/sync/src/contract/contract-revisions.ts and write an upgrade, or make it optional`,
        ];
  });
}
