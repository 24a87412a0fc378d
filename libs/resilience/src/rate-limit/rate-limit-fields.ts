// SPDX-License-Identifier: Apache-2.0
import { quoted } from './quoted-string.ts';
import type { RateWindowSpec } from './rate-limit.ts';
import type { RateDecision, RateState } from './rate-state.ts';

/**
 * The value of RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11 §3): the windows that a request was counted in, such
 * as `"burst";q=100;w=60, "daily";q=1000;w=86400`. `w` is left out where a window is no whole number of seconds. Constant
 * for a list of limits: to be made once per configuration.
 */
export function formatRateLimitPolicy(specs: readonly RateWindowSpec[]): string {
  return specs.map(formatPolicy).join(', ');
}

/**
 * The value of RateLimit (§4): how much of each window is left, and for how many seconds no more than that can be counted on,
 * such as `"burst";r=50;t=30`. For a refused request only the windows that refused it, so that Retry-After is never earlier
 * than what this says (§6). Windows without an end (what is never admitted) have no `t`.
 */
export function formatRateLimit({ isAdmitted, states }: RateDecision): string {
  let text = '';
  for (const state of states) {
    if (!isAdmitted && state.isAdmitted) continue;
    text += text === '' ? formatState(state) : `, ${formatState(state)}`;
  }
  return text;
}

/** The value of Retry-After (RFC 9110 §10.2.3) in whole seconds, rounded up and at least 1; undefined where no waiting helps. */
export function formatRetryAfter({ retryAfterMs }: RateDecision): string | undefined {
  return Number.isFinite(retryAfterMs) ? String(Math.max(1, secondsFromMs(retryAfterMs))) : undefined;
}

function formatPolicy({ name, quota, windowMs }: RateWindowSpec): string {
  const window = windowMs % 1000 === 0 ? `;w=${windowMs / 1000}` : '';
  return `${quoted(name)};q=${quota}${window}`;
}

function formatState({ window, isAdmitted, remaining, resetMs, retryAfterMs }: RateState): string {
  const untilMs = isAdmitted ? resetMs : retryAfterMs;
  const effectiveWindow = Number.isFinite(untilMs) ? `;t=${secondsFromMs(untilMs)}` : '';
  return `${window.fieldName};r=${remaining}${effectiveWindow}`;
}

function secondsFromMs(ms: number): number {
  return Math.ceil(ms / 1000);
}
