// SPDX-License-Identifier: Apache-2.0
import type * as z from 'zod';
import { rolloutBody } from './rollout.ts';
import { rolloutStatus } from './rollout-status.ts';

/** What of a spec says how requests are divided by what is in force. */
const DIVIDING = ['targetRef', 'revisions', 'assignment', 'fuse'] as const;
/** Stands for steps that cannot be read: nobody takes them. */
const NO_STEPS = { shadow: {} };

/** As much of a Rollout's spec as can be read and has to do with what is in force; undefined = not even what it is about, and between what. */
export function readableRolloutSpec(spec: Readonly<Record<string, unknown>>): z.output<typeof rolloutBody.spec> | undefined {
  const { shape } = rolloutBody.spec;
  const readable = DIVIDING.filter(name => shape[name].safeParse(spec[name]).success);
  const kept = Object.fromEntries(readable.map(name => [name, spec[name]]));
  return rolloutBody.spec.safeParse({ ...kept, strategy: NO_STEPS }).data;
}

/** What a Rollout's status has in force; undefined = that cannot be read. */
export function readableRolloutStatus(
  status: unknown,
): { readonly split: NonNullable<z.output<typeof rolloutStatus>>['split'] } | undefined {
  const read = rolloutStatus.safeParse(status);
  return read.success ? { split: read.data?.split } : undefined;
}
