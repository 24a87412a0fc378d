// SPDX-License-Identifier: Apache-2.0

/** Who holds a lease: what a second start is told about the first. */
export interface LeaseOwner {
  readonly pid: number;
  /** Directory of documents that it serves. */
  readonly directory: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** The lease is held by another process. */
export class LeaseHeldError extends Error {
  override readonly name = 'LeaseHeldError';
  /** Undefined when the holder did not say. */
  readonly holder: LeaseOwner | undefined;

  constructor(lease: string, holder: LeaseOwner | undefined) {
    super(`lease ${lease} is held by ${holder === undefined ? 'another process' : `process ${holder.pid}`}`);
    this.holder = holder;
  }
}

/** Reads the JSON line in which a lease names its owner. Anybody may write one, so only what looks like an owner is believed. */
export function leaseOwnerFromLine(line: string): LeaseOwner | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, directory, startedAt } = { pid: undefined, directory: undefined, startedAt: undefined, ...value };
    if (typeof pid !== 'number' || typeof directory !== 'string' || typeof startedAt !== 'string') return undefined;
    return { pid, directory, startedAt };
  } catch {
    return undefined;
  }
}
