// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from './exchange.ts';
import type { HeaderList } from './header-list.ts';
import type { ResponseHead } from './heads.ts';

/** What a filter says of a request: go on, or answer it here. */
export type Verdict =
  { readonly kind: 'continue' } | { readonly kind: 'reply'; readonly response: ResponseHead; readonly body: Buffer | string };

export const CONTINUE: Verdict = Object.freeze({ kind: 'continue' });

/** One decision on one route. Compiled once per snapshot; keeps no per-request fields. */
export interface Filter {
  /** Refuse by throwing a Fault; answer locally by returning a reply. Returns a promise only where it has to wait. */
  onRequest?(exchange: Exchange): Verdict | Promise<Verdict>;
  /** Called before the response head goes to the client, also for replies and faults made by Weir; never for 1xx. */
  onResponse?(exchange: Exchange, response: ResponseHead): void;
  /** Called with a request's trailers, where there are any: what the filter decides in the head may not come in behind it. */
  onRequestTrailers?(trailers: HeaderList): void;
  /** As `onRequestTrailers`, for the answer. */
  onResponseTrailers?(trailers: HeaderList): void;
  /** Called exactly once for each onRequest that ran, however the exchange ended. */
  onEnd?(exchange: Exchange): void;
}
