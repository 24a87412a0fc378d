// SPDX-License-Identifier: Apache-2.0

/** What was found out about one condition of an object, before it is stamped with generation and time. */
export interface Finding<Reason extends string> {
  readonly status: 'True' | 'False';
  readonly reason: Reason;
  readonly message: string;
}

export function holds<Reason extends string>(reason: Reason, message = ''): Finding<Reason> {
  return { status: 'True', reason, message };
}

export function fails<Reason extends string>(reason: Reason, message: string): Finding<Reason> {
  return { status: 'False', reason, message };
}
