// SPDX-License-Identifier: Apache-2.0
import type { ResponseHandler } from './dispatch.ts';
import type { Exchange } from './exchange.ts';
import type { PassingCall } from './passing-call.ts';

/** Where a request stands in a trace (W3C Trace Context). Only there where tracing is on. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Of the request's own span: 16 hexadecimal digits. */
  readonly spanId: string;
  /** The path that the request's rule asks for, such as `/cart/*`; '' = no rule, or none of HTTP. */
  route: string;
  /**
   * Stands between an attempt and its handler, and lets the upstream know whose child it is. Undefined = nobody records it.
   * `endpoint`: `address:port`.
   */
  attempt(exchange: Exchange, endpoint: string, handler: ResponseHandler): PassingCall | undefined;
  /** Called exactly once, when all else of the exchange is known. */
  end(exchange: Exchange, durationMs: number): void;
}
