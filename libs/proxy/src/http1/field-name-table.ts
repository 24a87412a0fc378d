// SPDX-License-Identifier: Apache-2.0
import { fieldNameFromText } from './field-names.ts';
import type { FieldName } from './field-names.ts';
import type { HeadLines } from './head-lines.ts';

/** A power of two, and more than are ever remembered, so that searches end soon. */
const SLOT_COUNT = 4_096;
const MAX_ENTRIES = 1_024;
/** Peers choose the names: however they collide, a search takes no more steps than this. */
const MAX_PROBES = 8;
const LONGEST_NAME = 64;

interface Entry {
  readonly fieldName: FieldName;
  /** The name, lower-case. */
  readonly codes: Uint8Array;
}

/** Lower-case code of each byte that a token may have (RFC 9110 §5.6.2), 0 for all others. */
const TOKEN_CODES = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
  TOKEN_CODES[char.charCodeAt(0)] = char.charCodeAt(0);
  TOKEN_CODES[char.toUpperCase().charCodeAt(0)] = char.charCodeAt(0);
}

const slots: (Entry | undefined)[] = new Array<Entry | undefined>(SLOT_COUNT).fill(undefined);
let entryCount = 0;

/** The name between two places of a head, or undefined when it is not a token. For a name seen before no text is made. */
export function fieldNameAt(head: HeadLines, start: number, end: number): FieldName | undefined {
  const { bytes } = head;
  const from = head.start + start;
  const to = head.start + end;
  let hash = 0;
  for (let at = from; at < to; at++) {
    const code = TOKEN_CODES[bytes[at]!]!;
    if (code === 0) return undefined;
    hash = (Math.imul(hash, 31) + code) | 0;
  }
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const slot = (hash + probe) & (SLOT_COUNT - 1);
    const entry = slots[slot];
    if (entry === undefined) return learn(slot, head.text.substring(start, end));
    if (entry.codes.length === to - from && isAt(entry.codes, bytes, from)) return entry.fieldName;
  }
  return fieldNameFromText(head.text.substring(start, end));
}

function isAt(codes: Uint8Array, bytes: Buffer, from: number): boolean {
  const { length } = codes;
  for (let i = 0; i < length; i++) if (codes[i] !== TOKEN_CODES[bytes[from + i]!]) return false;
  return true;
}

function learn(slot: number, text: string): FieldName | undefined {
  const fieldName = fieldNameFromText(text);
  if (fieldName === undefined || entryCount === MAX_ENTRIES || text.length > LONGEST_NAME) return fieldName;
  entryCount += 1;
  slots[slot] = { fieldName, codes: Buffer.from(fieldName.name, 'latin1') };
  return fieldName;
}
