// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { EndpointReport } from '@weir/proxy';
import type { Paint } from '../terminal/paint.ts';

/** Endpoints of one report that have a line each; those beyond are counted. */
const MAX_LINES = 3;

type Change = EndpointReport['changes'][number];

/** What became of a backend's endpoints, a line each. Each ends with a line feed. */
export function renderEndpoints({ backend, changes, availableCount, count }: EndpointReport, paint: Paint): string {
  const rest = changes.length - MAX_LINES;
  const left = paint.dim(`(${availableCount} of ${count} endpoints are available)`);
  const lines = changes
    .slice(0, MAX_LINES)
    .map(change => `${title(change, paint)}: ${backend} endpoint ${words(change)} ${left}\n`);
  return [...lines, ...(rest > 0 ? [`    and ${rest} more of ${backend}\n`] : [])].join('');
}

function title({ kind }: Change, paint: Paint): string {
  return kind === 'healthy' || kind === 'readmitted' ? paint.good('available again') : paint.bad('unavailable');
}

function words({ endpoint, kind, reason, forMs = 0, detail = '' }: Change): string {
  switch (kind) {
    case 'ejected':
      return `${endpoint} is ejected for ${formatDuration(forMs)}: ${reason === undefined ? '' : REASONS[reason]}`;
    case 'unhealthy':
      return `${endpoint} fails its health checks: ${detail}`;
    case 'healthy':
      return `${endpoint} passes its health checks`;
    case 'readmitted':
      return `${endpoint} is no longer ejected`;
  }
}

const REASONS: Readonly<Record<NonNullable<Change['reason']>, string>> = {
  consecutive_5xx: 'it failed too often in a row',
  consecutive_gateway_errors: 'it had too many gateway errors in a row',
  success_rate: 'it fails far more often than the others',
  latency: 'it takes far longer to answer than the others',
};
