// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { LeafHealth } from '@weir/identity';

/** What readiness says of a leaf. `obstacle`: nobody should be let in; neither = there is nothing to say. */
export interface LeafWords {
  readonly obstacle?: string;
  readonly warning?: string;
}

/** How it stands with who a sidecar is. Nearly expired is a warning, as all still works; with an expired leaf nothing in the mesh does. */
export function leafWords({ state, notAfterMs = 0, expiresInMs = 0, failure }: LeafHealth): LeafWords {
  const why = failure === undefined ? '' : `: ${failure}`;
  switch (state) {
    case 'none':
      return { obstacle: `there is no certificate yet${why}` };
    case 'expired':
      return { obstacle: `the certificate expired at ${timeOf(notAfterMs)}, and others refuse it${why}` };
    case 'expiring':
      return {
        warning: `the certificate expires in ${secondsOf(expiresInMs)}, at ${timeOf(notAfterMs)}, and is not renewed${why}`,
      };
    case 'valid':
      return {};
  }
}

/** The same for the log: what it has come to. */
export function leafNews(health: LeafHealth): string {
  const { obstacle, warning } = leafWords(health);
  return obstacle ?? warning ?? `the certificate is renewed, and good until ${timeOf(health.notAfterMs ?? 0)}`;
}

/** Of a leaf that nobody renews. `notAfterMs`: 0 = there is none. */
export function healthUntil(notAfterMs: number, nowMs: number): LeafHealth {
  const more = { notAfterMs, expiresInMs: notAfterMs - nowMs, failure: undefined };
  if (notAfterMs === 0) return { ...more, state: 'none', isReady: false };
  const isValid = nowMs < notAfterMs;
  return { ...more, state: isValid ? 'valid' : 'expired', isReady: isValid };
}

function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function secondsOf(durationMs: number): string {
  return formatDuration(Math.floor(durationMs / 1_000) * 1_000);
}
