// SPDX-License-Identifier: Apache-2.0
import { formatDuration, isDuration, parseDuration } from '@weir/base';
import { withApiForm } from './api-form.ts';
import { duration } from './fields.ts';
import { says } from './strict-object.ts';

/** A duration of GEP-2257 within bounds, both of which it may be. API servers check its form alone. */
export function boundedDuration(minMs: number, maxMs: number): typeof duration {
  return duration.refine(
    withApiForm(
      { kind: 'none', reason: 'CEL has no durations of GEP-2257' },
      (text: string) => !isDuration(text) || (parseDuration(text) >= minMs && parseDuration(text) <= maxMs),
    ),
    says('is out of range', `write ${formatDuration(minMs)} to ${formatDuration(maxMs)}`),
  );
}
