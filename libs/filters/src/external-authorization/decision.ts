// SPDX-License-Identifier: Apache-2.0
import type { Exchange, HeaderList } from '@weir/base';
import type { HeaderMutation } from './header-mutations.ts';

/** What a service says of a request. */
export type Decision = Admission | Denial;

export interface Admission {
  readonly kind: 'admitted';
  /** Of the request, in their order. */
  readonly request: readonly HeaderMutation[];
  readonly query: QueryChanges;
  /** Of the answer that the caller gets. */
  readonly response: readonly HeaderMutation[];
}

/** Removed before others are set. */
export interface QueryChanges {
  readonly remove: readonly string[];
  readonly set: readonly (readonly [name: string, value: string])[];
}

export interface Denial {
  readonly kind: 'denied';
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** A request that a service is asked about. */
export interface Question {
  readonly exchange: Exchange;
  /** Undefined = the body is none of the service's business. */
  readonly body: Buffer | undefined;
}

/** Somebody who is asked. Rejects with a Fault where no decision is to be had. */
export type AskService = (question: Question) => Promise<Decision>;

export const NO_QUERY_CHANGES: QueryChanges = Object.freeze({ remove: [], set: [] });
