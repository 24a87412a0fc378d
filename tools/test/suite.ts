// SPDX-License-Identifier: Apache-2.0

/** One step of `npm test`: a command in a process of its own, with a limit on its time. */
export interface Suite {
  readonly name: string;
  /** What it proves, in a few words, for the heading. */
  readonly about: string;
  /** Longer than this and it is killed, and failed. */
  readonly budgetSeconds: number;
  /** Run one after the other until one fails. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
  /** `exit`: one test, passed when every command succeeds; `vitest`: as many as the last command reports. */
  readonly counting: 'exit' | 'vitest';
  /** Why this machine cannot run it; undefined where it can. */
  readonly skipReason?: () => string | undefined;
}
