// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { atMostKeys } from './list-rules.ts';
import { HINT_MARK, says } from './strict-object.ts';

const KEY =
  /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const MAX_PREFIX_LENGTH = 253;

/** A domain in front is optional; the name after it has at most 63 characters. */
const key = z.string().refine(text => KEY.test(text) && text.indexOf('/') < MAX_PREFIX_LENGTH);
const labelValue = z
  .string()
  .max(63)
  .regex(LABEL_VALUE, says('is no value of a label', 'write letters, digits, hyphens, underscores and dots'));

const KEY_FAULT = `is no key of a label or annotation${HINT_MARK}write a name such as team, or example.com/team`;
const keyError = { error: (issue: z.core.$ZodRawIssue) => (issue.code === 'invalid_key' ? KEY_FAULT : undefined) };

/** What a Gateway's labels and annotations may be that are handed on to what is made for it. */
export const infrastructureLabels = z.record(key, labelValue, keyError).check(atMostKeys(8));
export const infrastructureAnnotations = z.record(key, z.string().max(4096), keyError).check(atMostKeys(16));
