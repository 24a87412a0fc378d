// SPDX-License-Identifier: Apache-2.0
import { clip, escaped } from './escape.ts';

/** Longer values are cut: a client could fill the disk with them. */
export const MAX_TARGET_LENGTH = 4_096;
export const MAX_FIELD_LENGTH = 512;

/** `,"name":"value"`; nothing where there is no value. */
export function textField(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `,"${name}":"${escaped(clip(value, MAX_FIELD_LENGTH))}"`;
}
