// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Served } from '@weir/base';
import { statusOf } from '../metrics/request-metrics.ts';
import { clip, plainText } from './escape.ts';
import { MAX_FIELD_LENGTH, MAX_TARGET_LENGTH } from './text-field.ts';
import type { LineFacts } from './json-line.ts';

export interface HumanLineFacts extends LineFacts {
  /** Whether the status gets a colour: only where a terminal shows it. */
  readonly isColoured: boolean;
}

/** Widths of the columns that line up; the path is last, as it has none. */
const METHOD_WIDTH = 7;
const DURATION_WIDTH = 9;

/** `03:29:00.123  200  GET       12.3 ms  shop.example/cart → shop/storefront:8080`; the status is coloured by its class. */
export function formatHumanLine(exchange: Exchange, { time, durationMs, isColoured }: HumanLineFacts): string {
  const { request, served } = exchange;
  const status = statusOf(exchange);
  const columns = [
    time.slice(11, -1),
    isColoured ? coloured(status) : String(status).padStart(3),
    plainText(clip(request.method, MAX_FIELD_LENGTH)).padEnd(METHOD_WIDTH),
    `${durationMs.toFixed(1)} ms`.padStart(DURATION_WIDTH),
    caller(exchange) + plainText(clip(asked(exchange), MAX_TARGET_LENGTH)) + arrow(served),
  ];
  const fault =
    exchange.fault === undefined ? '' : `  ${exchange.fault}: ${plainText(clip(exchange.faultDetail, MAX_FIELD_LENGTH))}`;
  return `${columns.join('  ')}${fault}\n`;
}

/** A target of the form that proxies are asked by has the authority itself (RFC 9112 §3.2.2). */
function asked({ authority, target }: Exchange): string {
  return /^[a-z]+:\/\//.test(target) ? target : authority + target;
}

/** Who calls in the mesh. */
function caller({ downstream: { peerIdentity } }: Exchange): string {
  return peerIdentity === undefined ? '' : `${plainText(peerIdentity)} → `;
}

function arrow({ backend, revision, route }: Served): string {
  const name = revision === '' ? backend || route : `${backend}~${revision}`;
  return name === '' ? '' : ` → ${plainText(name)}`;
}

/** Green for answers, cyan for redirects, yellow for the client's mistakes, red for ours and the backends'. */
function coloured(status: number): string {
  const colour = COLOURS[Math.floor(status / 100)] ?? COLOURS[5];
  return `\u001b[${colour}m${String(status).padStart(3)}\u001b[0m`;
}

const COLOURS = [31, 36, 32, 36, 33, 31];
