// SPDX-License-Identifier: Apache-2.0
import { sessionEndpointId } from './session-token.ts';

/** The endpoints of a backend by what sessions call them. Worked out when the first session asks: most backends have none. */
export class SessionEndpoints {
  readonly #backend: string;
  readonly #endpoints: readonly string[];
  #ids: readonly string[] | undefined;
  #indexes: ReadonlyMap<string, number> | undefined;

  /** `backend`: `namespace/service:port`; `endpoints`: `address:port`. */
  constructor(backend: string, endpoints: readonly string[]) {
    this.#backend = backend;
    this.#endpoints = endpoints;
  }

  /** -1 = it is no endpoint of this backend, or no more. */
  indexOf(id: string): number {
    this.#indexes ??= new Map(this.#all().map((one, index) => [one, index]));
    return this.#indexes.get(id) ?? -1;
  }

  /** `index` must be one of an endpoint. */
  idAt(index: number): string {
    return this.#all()[index]!;
  }

  #all(): readonly string[] {
    this.#ids ??= this.#endpoints.map(endpoint => sessionEndpointId(this.#backend, endpoint));
    return this.#ids;
  }
}
