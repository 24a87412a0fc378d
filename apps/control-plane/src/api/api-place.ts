// SPDX-License-Identifier: Apache-2.0
import type { Role } from './rights.ts';

/** Name of the file in the state directory by which commands on the same machine find the API. */
export const API_FILE = 'api.json';

/** Names of the files there with the tokens. */
export const API_TOKEN_FILES = {
  operator: 'api-token',
  viewer: 'api-token-viewer',
} as const satisfies Record<Role, string>;

/** How the API is reached, as `weir` commands read it. None of it is secret. */
export interface ApiPlace {
  /** `http://127.0.0.1:15011`. */
  readonly url: string;
  readonly pid: number;
  /**
   * Roots of the mesh in PEM form, where the API shows the control plane's own certificate: it has the SPIFFE id of `identity` and no
   * host name. Absent over plain HTTP, and where a certificate was given.
   */
  readonly mesh?: { readonly rootsPem: string; readonly identity: string };
}
