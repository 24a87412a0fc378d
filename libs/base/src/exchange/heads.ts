// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from './header-list.ts';

/** A request's head, whatever protocol brought it. Filters may change any part before it goes upstream. */
export interface RequestHead {
  /** Case-sensitive (RFC 9110 §9.1). */
  method: string;
  scheme: 'http' | 'https';
  /** Host with port as sent, lower-case: `shop.example:8080`. */
  authority: string;
  /** `authority` without port, trailing dot and IPv6 brackets kept: what hostnames are matched with. */
  host: string;
  /** Normalised path, always beginning with `/`: routing and backend see the same one. */
  path: string;
  /** Query as sent, without its `?`; undefined when there is no `?`. */
  query: string | undefined;
  /** Without `host`, hop-by-hop fields and framing: those belong to the codec. */
  headers: HeaderList;
}

/** A response's head. */
export interface ResponseHead {
  status: number;
  headers: HeaderList;
  /** Length of the body where it is known before it is sent; undefined = streamed until it ends. */
  contentLength: number | undefined;
}
