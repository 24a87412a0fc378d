// SPDX-License-Identifier: Apache-2.0
import { NO_IDENTITIES } from '@weir/base';
import type { Downstream, Exchange, Served } from '@weir/base';
import { statusOf } from '../metrics/request-metrics.ts';
import { decimalMs } from './decimal.ts';
import { clip, escaped } from './escape.ts';
import { createRepeatedField, flat } from './repeated-field.ts';
import { MAX_TARGET_LENGTH, textField } from './text-field.ts';
import { traceIdFromTraceparent } from './trace-id.ts';

export interface LineFacts {
  /** RFC 3339. */
  readonly time: string;
  readonly durationMs: number;
}

const client = createRepeatedField('client');
const method = createRepeatedField('method');
const endpoint = createRepeatedField('endpoint');

/** The protocol and what stands around it in each line. */
const PROTOCOL_TEXTS: Readonly<Record<Exchange['protocol'], string>> = {
  'HTTP/1.0': '","protocol":"HTTP/1.0","status":',
  'HTTP/1.1': '","protocol":"HTTP/1.1","status":',
  'HTTP/2': '","protocol":"HTTP/2","status":',
};

/**
 * One request as a JSON object and a line feed; fields without a value are left out. Put together by hand, and of as few pieces
 * as can be: every piece costs as much as a comparison of a route.
 */
export function formatJsonLine(exchange: Exchange, { time, durationMs }: LineFacts): string {
  const { requestId, request, authority, clientAddress, target, protocol, downstream } = exchange;
  const ids = textField('request_id', requestId) + traceFields(exchange);
  const from = client(clientAddress) + sourceField(downstream) + method(request.method) + textField('host', authority);
  const asked = `${from},"path":"${escaped(clip(target, MAX_TARGET_LENGTH))}${PROTOCOL_TEXTS[protocol]}${statusOf(exchange)}`;
  return `{"time":"${time}"${ids}${asked}${outcomeFields(exchange)}${measures(exchange, durationMs)}${servedFields(exchange)}}\n`;
}

/** Who calls in the mesh. */
function sourceField({ peerIdentity }: Downstream): string {
  return peerIdentity === undefined ? '' : textField('source_identity', peerIdentity);
}

/** Of the request's own span where tracing is on; else of the trace that the caller names. */
function traceFields({ trace, request }: Exchange): string {
  if (trace !== undefined) return textField('trace_id', trace.traceId) + textField('span_id', trace.spanId);
  const traceparent = request.headers.get('traceparent');
  return traceparent === undefined ? '' : textField('trace_id', traceIdFromTraceparent(traceparent));
}

function measures({ upstreamMs, bytesReceived, bytesSent, attempts }: Exchange, durationMs: number): string {
  const upstream = upstreamMs < 0 ? '' : `,"upstream_ms":${decimalMs(upstreamMs)}`;
  const counts = `,"bytes_received":${bytesReceived},"bytes_sent":${bytesSent},"attempts":${attempts}`;
  return `,"duration_ms":${decimalMs(durationMs)}${upstream}${counts}`;
}

function servedFields({ served, way, request }: Exchange): string {
  let wayText = way?.logText ?? '';
  if (wayText === '') {
    wayText = flat(wayFields(served));
    if (way !== undefined) way.logText = wayText;
  }
  // It is chosen on the way.
  const where = textField('revision', served.revision) + endpoint(served.endpoint);
  return wayText + where + textField('user_agent', request.headers.get('user-agent'));
}

function wayFields({ listener, route, rule, backend }: Served): string {
  const way = `${textField('listener', listener)}${textField('route', route)}${textField('rule', rule)}`;
  return `${way}${textField('backend', backend)}`;
}

/** The status of a gRPC call, and what failed: one piece of the line, as most requests have neither. */
function outcomeFields(exchange: Exchange): string {
  const { grpcStatus, fault, faultDetail, identities, decidedBy, shadowRefusals, injectedFaults } = exchange;
  const failed = fault === undefined ? '' : `,"fault":"${fault}"${textField('fault_detail', faultDetail)}`;
  const outcome = grpcStatus === undefined ? failed : `,"grpc_status":${grpcStatus}${failed}`;
  if (identities === NO_IDENTITIES && decidedBy === '' && shadowRefusals.length + injectedFaults.length === 0) return outcome;
  return outcome + policyFields(exchange);
}

/** Who called, and which policies decided: what an audit asks for. And what went wrong on purpose. */
function policyFields({ identities, decidedBy, shadowRefusals, injectedFaults }: Exchange): string {
  const consumers = [...new Set(identities.flatMap(({ consumer }) => consumer || []))].join(' ');
  const decided = textField('policy', decidedBy) + textField('shadow', shadowRefusals.join(' '));
  return textField('consumer', consumers) + decided + textField('injected', injectedFaults.join(' '));
}
