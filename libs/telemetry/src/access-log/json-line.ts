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
 * One request as a JSON object and a line feed. Written by concatenation, as one call of JSON.stringify costs more than all of
 * it; fields without a value are left out.
 */
export function formatJsonLine(exchange: Exchange, { time, durationMs }: LineFacts): string {
  const { request, served } = exchange;
  return (
    `{"time":"${time}"` +
    textField('request_id', exchange.requestId) +
    textField('trace_id', traceIdFromTraceparent(request.headers.get('traceparent'))) +
    textField('client', exchange.clientAddress) +
    textField('method', request.method) +
    textField('host', request.authority) +
    `,"path":${jsonString(clip(exchange.target, MAX_TARGET_LENGTH))}` +
    `,"protocol":"${exchange.protocol}","status":${statusOf(exchange)}` +
    faultFields(exchange) +
    `,"duration_ms":${decimalMs(durationMs)}` +
    (exchange.upstreamMs < 0 ? '' : `,"upstream_ms":${decimalMs(exchange.upstreamMs)}`) +
    `,"bytes_received":${exchange.bytesReceived},"bytes_sent":${exchange.bytesSent},"attempts":${exchange.attempts}` +
    textField('listener', served.listener) +
    textField('route', served.route) +
    textField('rule', served.rule) +
    textField('backend', served.backend) +
    textField('endpoint', served.endpoint) +
    textField('user_agent', request.headers.get('user-agent')) +
    '}\n'
  );
}

function faultFields({ fault, faultDetail }: Exchange): string {
  return fault === undefined ? '' : `,"fault":"${fault}"${textField('fault_detail', faultDetail)}`;
}

function textField(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `,"${name}":${jsonString(clip(value, MAX_FIELD_LENGTH))}`;
}
