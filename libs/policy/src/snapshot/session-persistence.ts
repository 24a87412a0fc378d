// SPDX-License-Identifier: Apache-2.0

/** How a client's requests are kept at the endpoint that answered the first of them (GEP-1619). */
export interface SessionPersistence {
  readonly by: 'cookie' | 'header';
  /** Of the cookie, or of the header, lower-case. */
  readonly name: string;
  /** Of the cookie: where the client sends it. */
  readonly path: string;
  /** Of the whole session; undefined = as long as the client carries it. */
  readonly lifetimeMs: number | undefined;
  /** The cookie outlives the browser; only with a lifetime. */
  readonly isPermanent: boolean;
}
