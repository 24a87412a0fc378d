// SPDX-License-Identifier: Apache-2.0
import type { RolloutDesk } from '@weir/rollouts/drive';
import { doWhileLeading } from '../duty.ts';
import type { ClusterRolloutStore, StoreTerm } from './cluster-rollout-store.ts';

export interface RolloutLeadParts {
  readonly desk: Pick<RolloutDesk, 'adopt' | 'isDriving' | 'open' | 'start' | 'stop'>;
  readonly store: Pick<ClusterRolloutStore, 'audit' | 'lead'>;
  readonly isLeading: () => boolean;
  readonly documentOf: StoreTerm['documentOf'];
  readonly onNote: (text: string) => void;
}

/** States that cannot be read are read again after so long. */
const AGAIN_MS = 1000;
/** Nobody tells that somebody else has written a state: it is found after that long. */
const AUDIT_MS = 15_000;

/** Drives Rollouts while this replica leads, from what their statuses say when it begins. */
export class RolloutLead {
  private readonly parts: RolloutLeadParts;

  constructor(parts: RolloutLeadParts) {
    this.parts = parts;
  }

  /** This replica leads until `signal` aborts. */
  lead(signal: AbortSignal): void {
    const { desk, store, documentOf, isLeading, onNote } = this.parts;
    // What was decided of another state than there is must not go on.
    store.lead({ signal, documentOf, isLeading, onBeaten: (key, state) => desk.adopt(key, state) });
    signal.addEventListener('abort', () => desk.stop());
    const run = (): Promise<void> => this.drive(signal);
    doWhileLeading({ name: 'Rollouts are not driven, as their states cannot be read', run, againMs: AGAIN_MS }, signal, onNote);
    const audit = (): Promise<void> => (desk.isDriving ? store.audit() : Promise.resolve());
    doWhileLeading({ name: 'edits of the states of Rollouts are not noticed', run: audit, againMs: AUDIT_MS }, signal, onNote);
  }

  /** Begins, unless it has begun. */
  async drive(signal: AbortSignal): Promise<void> {
    const { desk } = this.parts;
    if (desk.isDriving) return;
    await desk.open();
    if (!signal.aborted) desk.start();
  }
}
