// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from 're2js';
import { literalPrefix } from './literal-prefix.ts';

/** A regular expression over a whole value, in RE2 syntax: its time is linear in the value's length. */
export class TextPattern {
  readonly literalPrefix: string;
  private readonly regex: RE2JS;

  /** Throws re2js's error for a pattern that RE2 does not take. */
  constructor(pattern: string) {
    this.regex = RE2JS.compile(pattern);
    this.literalPrefix = literalPrefix(pattern);
  }

  covers(value: string): boolean {
    return value.startsWith(this.literalPrefix) && this.regex.testExact(value);
  }
}
