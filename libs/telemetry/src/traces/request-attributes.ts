// SPDX-License-Identifier: Apache-2.0
import { FAULTS, isGrpc } from '@weir/base';
import type { Exchange } from '@weir/base';
import { clip } from '../access-log/escape.ts';
import { MAX_FIELD_LENGTH, MAX_TARGET_LENGTH } from '../access-log/text-field.ts';
import { methodIndex, METHOD_LABELS } from '../metrics/method-label.ts';
import { statusOf } from '../metrics/request-metrics.ts';
import { splitHostPort } from './host-and-port.ts';
import type { SpanAttributes } from './span-attribute-table.ts';

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

const VERSIONS: Readonly<Record<Exchange['protocol'], string>> = { 'HTTP/1.0': '1.0', 'HTTP/1.1': '1.1', 'HTTP/2': '2' };

/** Codes that are errors of a server: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const GRPC_SERVER_ERRORS: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15]);

/** `GET /cart/*`; a method alone where no rule was found, and `HTTP` for words that are no method: clients must not make names. */
export function spanName(exchange: Exchange, route: string): string {
  const method = methodLabel(exchange);
  const verb = method === '_OTHER' ? 'HTTP' : method;
  return route === '' ? verb : `${verb} ${route}`;
}

/** Whether a request is an error of the gateway's side: what a client did wrong is not. */
export function hasRequestFailed(exchange: Exchange): boolean {
  const { fault, grpcStatus } = exchange;
  if (fault !== undefined && FAULTS[fault].blame !== 'client') return true;
  return statusOf(exchange) >= 500 || (grpcStatus !== undefined && GRPC_SERVER_ERRORS.has(grpcStatus));
}

/** Attributes of a server span. What is empty is left out. */
export function requestAttributes(exchange: Exchange, route: string): SpanAttributes {
  const { served, decidedBy, requestId } = exchange;
  return {
    ...askedAttributes(exchange),
    ...peerAttributes(exchange),
    ...outcomeAttributes(exchange),
    ...text('http.route', route),
    ...text('weir.listener', served.listener),
    ...text('weir.route', served.route),
    ...text('weir.rule', served.rule),
    ...text('weir.backend', served.backend),
    ...text('weir.decided_by', decidedBy),
    ...text('weir.request_id', requestId),
  };
}

/** One of the words that are known; clients may send any. */
export function methodLabel({ request }: Pick<Exchange, 'request'>): string {
  return METHOD_LABELS[methodIndex(request.method)] ?? '';
}

function askedAttributes(exchange: Exchange): SpanAttributes {
  const { request, target, authority, protocol } = exchange;
  const method = methodLabel(exchange);
  const [host, port = DEFAULT_PORTS[request.scheme]] = splitHostPort(authority);
  return {
    'http.request.method': method,
    ...(method === '_OTHER' ? text('http.request.method_original', clip(request.method, MAX_FIELD_LENGTH)) : {}),
    ...text('url.path', clip(target.split('?', 1)[0] ?? '', MAX_TARGET_LENGTH)),
    'url.scheme': request.scheme,
    ...(host === '' ? {} : { 'server.address': host, 'server.port': port }),
    'network.protocol.version': VERSIONS[protocol],
    ...text('user_agent.original', clip(request.headers.get('user-agent') ?? '', MAX_FIELD_LENGTH)),
  };
}

function peerAttributes({ clientAddress, downstream }: Exchange): SpanAttributes {
  return {
    'client.address': clientAddress,
    'network.peer.address': downstream.remoteAddress,
    'network.peer.port': downstream.remotePort,
  };
}

function outcomeAttributes(exchange: Exchange): SpanAttributes {
  const { fault, grpcStatus } = exchange;
  const status = statusOf(exchange);
  const failed = fault ?? (hasRequestFailed(exchange) ? String(status >= 500 ? status : grpcStatus) : '');
  return {
    'http.response.status_code': status,
    ...text('error.type', failed),
    ...(isGrpc(exchange) ? { 'rpc.system': 'grpc' } : {}),
    ...(grpcStatus === undefined ? {} : { 'rpc.grpc.status_code': grpcStatus }),
  };
}

function text(name: keyof SpanAttributes, value: string): SpanAttributes {
  return value === '' ? {} : { [name]: value };
}
