// SPDX-License-Identifier: Apache-2.0

/** Who a caller has shown to be, by one method of authentication. */
export interface Identity {
  /** Name of the method, as its policy has it. */
  readonly method: string;
  /** `namespace/name` of the Consumer; '' = none is known. */
  readonly consumer: string;
  readonly groups: readonly string[];
  /** Of a verified token; undefined where there was none. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
}

/** Of a caller who has not shown who it is. */
export const NO_IDENTITIES: readonly Identity[] = Object.freeze([]);
