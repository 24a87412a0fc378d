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
  const attributes: MutableAttributes = {};
  addAsked(attributes, exchange);
  addPeer(attributes, exchange);
  addOutcome(attributes, exchange);
  addText(attributes, 'http.route', route);
  addServed(attributes, exchange);
  return attributes;
}

/** Filled one by one: putting objects together costs several times as much, for each span. */
type MutableAttributes = { -readonly [Name in keyof SpanAttributes]: SpanAttributes[Name] };

/** One of the words that are known; clients may send any. */
export function methodLabel({ request }: Pick<Exchange, 'request'>): string {
  return METHOD_LABELS[methodIndex(request.method)] ?? '';
}

function addAsked(attributes: MutableAttributes, exchange: Exchange): void {
  const { request, target, authority, protocol } = exchange;
  const method = methodLabel(exchange);
  attributes['http.request.method'] = method;
  if (method === '_OTHER') addText(attributes, 'http.request.method_original', clip(request.method, MAX_FIELD_LENGTH));
  addText(attributes, 'url.path', clip(pathOf(target), MAX_TARGET_LENGTH));
  attributes['url.scheme'] = request.scheme;
  const [host, port = DEFAULT_PORTS[request.scheme]] = splitHostPort(authority);
  if (host !== '') {
    attributes['server.address'] = host;
    attributes['server.port'] = port;
  }
  attributes['network.protocol.version'] = VERSIONS[protocol];
  addText(attributes, 'user_agent.original', clip(request.headers.get('user-agent') ?? '', MAX_FIELD_LENGTH));
}

function addPeer(attributes: MutableAttributes, { clientAddress, downstream }: Exchange): void {
  attributes['client.address'] = clientAddress;
  attributes['network.peer.address'] = downstream.remoteAddress;
  attributes['network.peer.port'] = downstream.remotePort;
  addText(attributes, 'weir.peer_identity', downstream.peerIdentity ?? '');
}

function addOutcome(attributes: MutableAttributes, exchange: Exchange): void {
  const { fault, grpcStatus } = exchange;
  const status = statusOf(exchange);
  attributes['http.response.status_code'] = status;
  const failed = hasRequestFailed(exchange) ? String(status >= 500 ? status : grpcStatus) : '';
  addText(attributes, 'error.type', fault ?? failed);
  if (isGrpc(exchange)) attributes['rpc.system'] = 'grpc';
  if (grpcStatus !== undefined) attributes['rpc.grpc.status_code'] = grpcStatus;
}

function addServed(attributes: MutableAttributes, { served, decidedBy, requestId }: Exchange): void {
  addText(attributes, 'weir.listener', served.listener);
  addText(attributes, 'weir.route', served.route);
  addText(attributes, 'weir.rule', served.rule);
  addText(attributes, 'weir.backend', served.backend);
  addText(attributes, 'weir.decided_by', decidedBy);
  addText(attributes, 'weir.request_id', requestId);
}

function addText(attributes: MutableAttributes, name: keyof SpanAttributes, value: string): void {
  if (value !== '') attributes[name] = value;
}

/** Queries hold credentials more often than not. */
function pathOf(target: string): string {
  const end = target.indexOf('?');
  return end === -1 ? target : target.slice(0, end);
}
