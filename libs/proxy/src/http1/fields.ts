// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { FaultCode } from '@weir/base';
import { fieldNameAt } from './field-name-table.ts';
import { FIELD_ROLE } from './field-names.ts';
import type { FieldRole } from './field-names.ts';
import type { HeadLines } from './head-lines.ts';
import { isFieldContent } from './head-syntax.ts';

/** How much of fields is accepted, and what a violation is called. */
export interface FieldRules {
  readonly maxCount: number;
  readonly malformed: FaultCode;
  readonly tooMany: FaultCode;
}

/** The fields that belong to the codec, as found; they are not in the list of what passes through. */
export interface FramingFields {
  host: string | undefined;
  hostCount: number;
  contentLength: string | undefined;
  contentLengthCount: number;
  transferEncoding: string | undefined;
  transferEncodingCount: number;
  connection: string | undefined;
  expect: string | undefined;
  te: string | undefined;
  upgrade: string | undefined;
}

const HTAB = 0x09;
const SP = 0x20;
const COLON = 0x3a;

export function createFramingFields(): FramingFields {
  return {
    host: undefined,
    hostCount: 0,
    contentLength: undefined,
    contentLengthCount: 0,
    transferEncoding: undefined,
    transferEncodingCount: 0,
    connection: undefined,
    expect: undefined,
    te: undefined,
    upgrade: undefined,
  };
}

/**
 * Reads the field lines (RFC 9112 §5) of a head or trailer section from `firstLine` on. Strict: no folding, no space before the
 * colon, no empty name, no control characters; the violation is thrown as a Fault.
 */
export function parseFields(
  head: HeadLines,
  firstLine: number,
  rules: FieldRules,
): { headers: HeaderList; framing: FramingFields } {
  const { lineCount } = head;
  if (lineCount - firstLine > rules.maxCount) throw new Fault(rules.tooMany, `more than ${rules.maxCount} header fields`);
  const headers = new HeaderList();
  const framing = createFramingFields();
  const { names, values } = headers;
  for (let line = firstLine; line < lineCount; line++) {
    const lineStart = head.startOf(line);
    const lineEnd = head.endOf(line);
    const colon = colonIn(head, lineStart, lineEnd);
    if (colon === lineEnd) throw new Fault(rules.malformed, 'a field line has no colon');
    const fieldName = colon === lineStart ? undefined : fieldNameAt(head, lineStart, colon);
    if (fieldName === undefined) throw new Fault(rules.malformed, 'a field name is not a token');
    const value = trimmed(head, colon + 1, lineEnd);
    if (head.hasForbiddenByte && !isFieldContent(value)) {
      throw new Fault(rules.malformed, `a control character in the value of ${fieldName.name}`);
    }
    if (fieldName.role === FIELD_ROLE.endToEnd) {
      names.push(fieldName.name);
      values.push(value);
    } else {
      noteFraming(framing, fieldName.role, value);
    }
  }
  if (head.hasForbiddenByte) throw new Fault(rules.malformed, 'a control character in the first line');
  return { headers, framing };
}

/** Place of the first colon, or `end`. */
function colonIn(head: HeadLines, start: number, end: number): number {
  let at = start;
  while (at < end && head.byteAt(at) !== COLON) at++;
  return at;
}

/** Without optional white space around it (RFC 9110 §5.6.3: SP and HTAB only, so no String.trim). */
function trimmed(head: HeadLines, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(head.byteAt(start))) start++;
  while (end > start && isBlank(head.byteAt(end - 1))) end--;
  return head.text.substring(start, end);
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}

type FramingNote = (framing: FramingFields, value: string) => void;

const FRAMING_NOTES: Readonly<Record<FieldRole, FramingNote>> = {
  [FIELD_ROLE.endToEnd]: () => undefined,
  [FIELD_ROLE.host]: (framing, value) => {
    framing.host = value;
    framing.hostCount++;
  },
  [FIELD_ROLE.contentLength]: (framing, value) => {
    framing.contentLength = value;
    framing.contentLengthCount++;
  },
  [FIELD_ROLE.transferEncoding]: (framing, value) => {
    framing.transferEncoding = value;
    framing.transferEncodingCount++;
  },
  [FIELD_ROLE.connection]: (framing, value) => {
    framing.connection = joined(framing.connection, value);
  },
  [FIELD_ROLE.expect]: (framing, value) => {
    framing.expect = joined(framing.expect, value);
  },
  [FIELD_ROLE.te]: (framing, value) => {
    framing.te = joined(framing.te, value);
  },
  [FIELD_ROLE.upgrade]: (framing, value) => {
    framing.upgrade = joined(framing.upgrade, value);
  },
  [FIELD_ROLE.hopByHop]: () => undefined,
};

function noteFraming(framing: FramingFields, role: FieldRole, value: string): void {
  FRAMING_NOTES[role](framing, value);
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
