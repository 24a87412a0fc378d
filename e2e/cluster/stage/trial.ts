// SPDX-License-Identifier: Apache-2.0

/** A request that is tried again until it is answered as wanted. */
export interface Trial {
  /** Such as `http://10.96.0.7/orders`. */
  readonly url: string;
  /** Value of the Host field; that of the URL unless said. */
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What is waited for; any answer unless said. */
  readonly status?: number;
  readonly timeoutMs?: number;
}
