// SPDX-License-Identifier: Apache-2.0
import { isDuration, parseDuration } from '@weir/base';
import type * as z from 'zod';
import { withApiForm } from '../api-form.ts';
import { duration } from '../fields.ts';
import { says } from '../strict-object.ts';

/** A duration within bounds, both included. */
export function durationBetween(least: string, most: string): z.ZodType<string> {
  const [min, max] = [parseDuration(least), parseDuration(most)];
  return duration.refine(
    withApiForm(
      { kind: 'none', reason: 'CEL has no durations of GEP-2257' },
      (text: string) => !isDuration(text) || (parseDuration(text) >= min && parseDuration(text) <= max),
    ),
    says('is out of range', `write ${least} to ${most}`),
  );
}
