// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from './header-list.ts';

/** Requests of a client that go to one endpoint as long as it is there (GEP-1619). */
export interface Session {
  /** The endpoint that answered before, as its identifier says; undefined = none yet. */
  readonly endpointId: string | undefined;
  /** Has the client come back to the endpoint with this identifier, by what is added to an answer of it. */
  keep(endpointId: string, headers: HeaderList): void;
}
