// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { FIELD_ROLE, fieldNameFromText } from '../http1/field-names.ts';
import { isFieldContent } from '../http1/head-syntax.ts';

export interface FieldLimits {
  readonly maxHeadBytes: number;
  readonly maxHeaderCount: number;
  /** Of `:path`, which is nearly all of what would be a request line. */
  readonly maxRequestLineBytes: number;
}

/**
 * Why a block is no good: `malformed` = a violation that must not be passed on (RFC 9113 §8.1.1); `tooLarge` and `pathTooLong` = beyond
 * our limits.
 */
export interface FieldProblem {
  readonly kind: 'malformed' | 'pathTooLong' | 'tooLarge';
  readonly detail: string;
}

/** Octets that a field counts beside its name and value (RFC 9113 §6.5.2). */
const FIELD_OVERHEAD_BYTES = 32;
const HAS_UPPER_CASE = /[A-Z]/;

/** A header or trailer section as it comes out of HPACK, checked field by field (RFC 9113 §8.2). */
export class FieldBlock {
  method: string | undefined;
  scheme: string | undefined;
  authority: string | undefined;
  path: string | undefined;
  protocol: string | undefined;
  status: string | undefined;
  host: string | undefined;
  contentLength: string | undefined;
  expect: string | undefined;
  readonly headers = new HeaderList();
  /** The first one; the fields after it are not looked at, though they have to be decoded. */
  problem: FieldProblem | undefined;
  private readonly limits: FieldLimits;
  private cookie = '';
  private sizeBytes = 0;
  private count = 0;
  private hasPseudo = false;
  private hasRegular = false;

  constructor(limits: FieldLimits) {
    this.limits = limits;
  }

  /** Whether it has pseudo-header fields; a trailer section must not. */
  get isHead(): boolean {
    return this.hasPseudo;
  }

  readonly take = (name: string, value: string): void => {
    if (this.problem !== undefined) return;
    this.sizeBytes += name.length + value.length + FIELD_OVERHEAD_BYTES;
    if (name === ':path' && value.length > this.limits.maxRequestLineBytes) {
      this.problem = { kind: 'pathTooLong', detail: `:path of more than ${this.limits.maxRequestLineBytes} bytes` };
    } else if (this.sizeBytes > this.limits.maxHeadBytes || ++this.count > this.limits.maxHeaderCount) {
      this.problem = {
        kind: 'tooLarge',
        detail: `more than ${this.limits.maxHeaderCount} fields or ${this.limits.maxHeadBytes} bytes`,
      };
    } else if (!isFieldContent(value) || hasBlankEnds(value)) {
      this.fail(`a value of ${JSON.stringify(name)} with a forbidden character`);
    } else if (name.charCodeAt(0) === COLON) {
      this.takePseudo(name, value);
    } else {
      this.takeRegular(name, value);
    }
  };

  /** After the last field: crumbs of cookies become one (RFC 9113 §8.2.3). */
  finish(): void {
    if (this.cookie !== '') this.headers.append('cookie', this.cookie);
  }

  private takePseudo(name: string, value: string): void {
    const key = PSEUDO_FIELDS.get(name);
    if (this.hasRegular) this.fail(`${name} after a regular field`);
    else if (key === undefined) this.fail(`unknown pseudo-header field ${JSON.stringify(name)}`);
    else if (this[key] !== undefined) this.fail(`several ${name}`);
    else this[key] = value;
    this.hasPseudo = true;
  }

  private takeRegular(name: string, value: string): void {
    this.hasRegular = true;
    const fieldName = fieldNameFromText(name);
    if (fieldName === undefined || HAS_UPPER_CASE.test(name)) {
      this.fail(`field name ${JSON.stringify(name)} is no lower-case token`);
      return;
    }
    switch (fieldName.role) {
      case FIELD_ROLE.endToEnd:
        if (name === 'cookie') this.cookie = this.cookie === '' ? value : `${this.cookie}; ${value}`;
        else this.headers.append(fieldName.name, value);
        break;
      case FIELD_ROLE.host:
        this.takeOnce('host', value);
        break;
      case FIELD_ROLE.contentLength:
        this.takeOnce('contentLength', value);
        break;
      case FIELD_ROLE.expect:
        this.expect = this.expect === undefined ? value : `${this.expect}, ${value}`;
        break;
      case FIELD_ROLE.te:
        // The only thing that it may say here (RFC 9113 §8.2.2).
        if (value.toLowerCase() === 'trailers') this.headers.set('te', 'trailers');
        else this.fail('te other than trailers');
        break;
      case FIELD_ROLE.connection:
      case FIELD_ROLE.transferEncoding:
      case FIELD_ROLE.upgrade:
        this.fail(`${name}, which belongs to HTTP/1.1 connections`);
        break;
      case FIELD_ROLE.hopByHop:
        if (name === 'keep-alive' || name === 'proxy-connection') this.fail(`${name}, which belongs to HTTP/1.1 connections`);
        break;
    }
  }

  private takeOnce(key: 'contentLength' | 'host', value: string): void {
    if (this[key] === undefined) this[key] = value;
    else this.fail(`several ${key === 'host' ? 'host' : 'content-length'} fields`);
  }

  private fail(detail: string): void {
    this.problem ??= { kind: 'malformed', detail };
  }
}

const COLON = 0x3a;
const PSEUDO_FIELDS: ReadonlyMap<string, 'authority' | 'method' | 'path' | 'protocol' | 'scheme' | 'status'> = new Map([
  [':method', 'method'],
  [':scheme', 'scheme'],
  [':authority', 'authority'],
  [':path', 'path'],
  [':protocol', 'protocol'],
  [':status', 'status'],
]);

/** A value that begins or ends with white space is malformed (RFC 9113 §8.2.1); HTTP/1.1 would lose it on the way. */
function hasBlankEnds(value: string): boolean {
  if (value === '') return false;
  return isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1));
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
