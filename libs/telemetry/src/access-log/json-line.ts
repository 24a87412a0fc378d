// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import { statusOf } from '../metrics/request-metrics.ts';
import { decimalMs } from './decimal.ts';
import { clip, jsonString } from './escape.ts';
import { traceIdFromTraceparent } from './trace-id.ts';

/** Longer values are cut: a client could fill the disk with them. */
export const MAX_TARGET_LENGTH = 4_096;
export const MAX_FIELD_LENGTH = 512;

export interface LineFacts {
  /** RFC 3339. */
  readonly time: string;
  readonly durationMs: number;
}

/**
 * One request as a JSON object and a line feed. Put together by hand, as one call of JSON.stringify costs more than all of
 * it; fields without a value are left out.
 */
export function formatJsonLine(exchange: Exchange, { time, durationMs }: LineFacts): string {
  return `{"time":"${time}"${requestFields(exchange)}${outcomeFields(exchange, durationMs)}${servedFields(exchange)}}\n`;
}

function requestFields({ requestId, request, authority, clientAddress, target, protocol }: Exchange): string {
  const ids = `${textField('request_id', requestId)}${textField('trace_id', traceIdFromTraceparent(request.headers.get('traceparent')))}`;
  const from = `${textField('client', clientAddress)}${textField('method', request.method)}${textField('host', authority)}`;
  return `${ids}${from},"path":${jsonString(clip(target, MAX_TARGET_LENGTH))},"protocol":"${protocol}"`;
}

function outcomeFields(exchange: Exchange, durationMs: number): string {
  const { upstreamMs, bytesReceived, bytesSent, attempts } = exchange;
  const upstream = upstreamMs < 0 ? '' : `,"upstream_ms":${decimalMs(upstreamMs)}`;
  const counts = `,"bytes_received":${bytesReceived},"bytes_sent":${bytesSent},"attempts":${attempts}`;
  return `,"status":${statusOf(exchange)}${faultFields(exchange)},"duration_ms":${decimalMs(durationMs)}${upstream}${counts}`;
}

function servedFields({ served, request }: Exchange): string {
  const { listener, route, rule, backend, endpoint } = served;
  const way = `${textField('listener', listener)}${textField('route', route)}${textField('rule', rule)}`;
  const end = `${textField('backend', backend)}${textField('endpoint', endpoint)}`;
  return `${way}${end}${textField('user_agent', request.headers.get('user-agent'))}`;
}

function faultFields({ fault, faultDetail }: Exchange): string {
  return fault === undefined ? '' : `,"fault":"${fault}"${textField('fault_detail', faultDetail)}`;
}

/** `,"name":"value"`; nothing where there is no value. */
export function textField(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `,"${name}":${jsonString(clip(value, MAX_FIELD_LENGTH))}`;
}
