// SPDX-License-Identifier: Apache-2.0

/** The thread ended before it answered. */
export class WorkerGoneError extends Error {
  override readonly name = 'WorkerGoneError';
}

/** A request that the thread could not do; `code` is the system's, where there is one. */
export class WorkerFailureError extends Error {
  override readonly name = 'WorkerFailureError';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}
