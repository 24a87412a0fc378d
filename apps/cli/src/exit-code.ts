// SPDX-License-Identifier: Apache-2.0

/** How `weir` ends; documented in its help. */
export const EXIT = {
  ok: 0,
  /** The documents have errors. */
  problems: 1,
  /** `weir diff`: policies differ, and nothing is weaker. */
  differs: 1,
  /** `weir intercept`: the rules could not be set; commands of the control plane: it said no, or what was waited for did not come. */
  refused: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A port could not be listened on. */
  listen: 3,
  /** `weir diff`: something is, or may be, weaker than before. */
  weaker: 3,
  /** `weir rollout watch`: the new revision was taken out. */
  aborted: 3,
  /** `weir diff`: nothing is weaker as far as can be told, and documents have errors. */
  doubtful: 4,
  /** No control plane answers. */
  unavailable: 69,
  /** Something failed inside. */
  internal: 70,
} as const;

/** Ends the command with a message for people. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
