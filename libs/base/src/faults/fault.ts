// SPDX-License-Identifier: Apache-2.0

import type { HeaderList } from '../exchange/header-list.ts';

/** Who has to act on a fault: it decides who is paged and which error budget it is charged to. */
export type Blame = 'client' | 'weir' | 'upstream';

interface FaultSpec {
  /** HTTP status that the caller sees; 0 = the connection is closed without an answer. */
  readonly status: number;
  /** What a gRPC client sees instead (grpc/grpc doc/statuscodes.md and doc/http-grpc-status-mapping.md). */
  readonly grpcStatus: number;
  readonly blame: Blame;
  /** Whether sending the same request again may help, where its route asks for retries. */
  readonly isRetryable: boolean;
  /** What the caller is told; never a detail of the inside. */
  readonly title: string;
}

/**
 * Every way the proxy can fail a request. The same table feeds metrics labels, access logs, docs and retry rules.
 *
 * Codes ending in `_before_request` say that no byte of the request can have been processed.
 */
export const FAULTS = {
  bad_request: { status: 400, grpcStatus: 13, blame: 'client', isRetryable: false, title: 'Bad Request' },
  request_timeout: { status: 408, grpcStatus: 4, blame: 'client', isRetryable: false, title: 'Request Timeout' },
  content_too_large: { status: 413, grpcStatus: 8, blame: 'client', isRetryable: false, title: 'Content Too Large' },
  uri_too_long: { status: 414, grpcStatus: 13, blame: 'client', isRetryable: false, title: 'URI Too Long' },
  expectation_failed: { status: 417, grpcStatus: 13, blame: 'client', isRetryable: false, title: 'Expectation Failed' },
  misdirected_request: { status: 421, grpcStatus: 14, blame: 'client', isRetryable: false, title: 'Misdirected Request' },
  headers_too_large: {
    status: 431,
    grpcStatus: 8,
    blame: 'client',
    isRetryable: false,
    title: 'Request Header Fields Too Large',
  },
  idle_timeout: { status: 0, grpcStatus: 14, blame: 'client', isRetryable: false, title: 'Idle Timeout' },
  tls_handshake_failed: { status: 0, grpcStatus: 14, blame: 'client', isRetryable: false, title: 'TLS Handshake Failed' },
  plaintext_refused: { status: 0, grpcStatus: 14, blame: 'client', isRetryable: false, title: 'Plaintext Refused' },
  peer_refused: { status: 0, grpcStatus: 14, blame: 'client', isRetryable: false, title: 'Peer Refused' },
  client_closed: { status: 499, grpcStatus: 1, blame: 'client', isRetryable: false, title: 'Client Closed Request' },
  route_not_found: { status: 404, grpcStatus: 12, blame: 'client', isRetryable: false, title: 'Not Found' },
  unauthenticated: { status: 401, grpcStatus: 16, blame: 'client', isRetryable: false, title: 'Unauthorized' },
  access_denied: { status: 403, grpcStatus: 7, blame: 'client', isRetryable: false, title: 'Forbidden' },
  rate_limited: { status: 429, grpcStatus: 8, blame: 'client', isRetryable: false, title: 'Too Many Requests' },
  not_implemented: { status: 501, grpcStatus: 12, blame: 'client', isRetryable: false, title: 'Not Implemented' },
  version_not_supported: {
    status: 505,
    grpcStatus: 12,
    blame: 'client',
    isRetryable: false,
    title: 'HTTP Version Not Supported',
  },
  backend_invalid: { status: 500, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Internal Server Error' },
  filter_unsupported: { status: 500, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Internal Server Error' },
  policy_unresolved: { status: 503, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Service Unavailable' },
  policy_unavailable: { status: 503, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Service Unavailable' },
  destination_refused: { status: 403, grpcStatus: 7, blame: 'client', isRetryable: false, title: 'Forbidden' },
  mesh_unavailable: { status: 503, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Service Unavailable' },
  no_endpoints: { status: 503, grpcStatus: 14, blame: 'upstream', isRetryable: false, title: 'Service Unavailable' },
  concurrency_limited: { status: 503, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Service Unavailable' },
  load_shed: { status: 503, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Service Unavailable' },
  overloaded: { status: 503, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Service Unavailable' },
  circuit_open: { status: 503, grpcStatus: 14, blame: 'upstream', isRetryable: false, title: 'Service Unavailable' },
  backend_busy: { status: 503, grpcStatus: 14, blame: 'upstream', isRetryable: false, title: 'Service Unavailable' },
  upstream_connect_failed: { status: 503, grpcStatus: 14, blame: 'upstream', isRetryable: true, title: 'Service Unavailable' },
  upstream_connect_timeout: { status: 504, grpcStatus: 14, blame: 'upstream', isRetryable: true, title: 'Gateway Timeout' },
  upstream_tls_failed: { status: 502, grpcStatus: 14, blame: 'upstream', isRetryable: true, title: 'Bad Gateway' },
  upstream_reset_before_request: {
    status: 503,
    grpcStatus: 14,
    blame: 'upstream',
    isRetryable: true,
    title: 'Service Unavailable',
  },
  upstream_reset: { status: 502, grpcStatus: 14, blame: 'upstream', isRetryable: true, title: 'Bad Gateway' },
  upstream_protocol_error: { status: 502, grpcStatus: 14, blame: 'upstream', isRetryable: false, title: 'Bad Gateway' },
  upstream_timeout: { status: 504, grpcStatus: 4, blame: 'upstream', isRetryable: true, title: 'Gateway Timeout' },
  request_deadline: { status: 504, grpcStatus: 4, blame: 'upstream', isRetryable: false, title: 'Gateway Timeout' },
  stream_deadline: { status: 504, grpcStatus: 4, blame: 'client', isRetryable: false, title: 'Gateway Timeout' },
  drain_deadline: { status: 503, grpcStatus: 14, blame: 'weir', isRetryable: false, title: 'Service Unavailable' },
  internal: { status: 500, grpcStatus: 13, blame: 'weir', isRetryable: false, title: 'Internal Server Error' },
} as const satisfies Record<string, FaultSpec>;

export type FaultCode = keyof typeof FAULTS;

/** A failed request. `message` is for operators' logs; the caller is only ever shown the code's title. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  /** Fields that the answer has to have. */
  readonly headers: HeaderList | undefined;

  constructor(code: FaultCode, message: string, options?: ErrorOptions & { readonly headers?: HeaderList }) {
    super(message, options);
    this.code = code;
    this.headers = options?.headers;
  }

  get spec(): FaultSpec {
    return FAULTS[this.code];
  }

  /** Any thrown value as a Fault: a Fault stays itself, anything else becomes `internal` and keeps its cause. */
  static from(reason: unknown): Fault {
    if (reason instanceof Fault) return reason;
    return new Fault('internal', 'unexpected error in the request path', { cause: reason });
  }
}
