// SPDX-License-Identifier: Apache-2.0
import type { Field } from '../../frames/model/hpack-model.ts';
import type { SeededRandom } from '../../seeded-random.ts';
import { AUTHORITIES, BODIES, LENGTHS, METHODS, NAMES, PATHS, SCHEMES, TRAILERS, VALUES } from './vocabulary.ts';

/** A request as a client of HTTP/2 would send it, right or not. */
export interface WrittenRequest {
  readonly fields: readonly Field[];
  /** DATA, a frame each. */
  readonly pieces: readonly string[];
  readonly trailers: readonly Field[] | undefined;
}

/** The field by which a request is known again at the backend. */
export const CASE_FIELD = 'x-case';
/** Shares of the requests in which no, few or many places are odd. */
const ODDITIES = [0, 0, 0.03, 0.06, 0.2];
const TUNNEL_SHARE = 0.02;
/** Bytes that mean something to a parser of HTTP/1.1. */
const MEANINGFUL = ['\r', '\n', '\r\n', ' ', '\t', ':', ',', '\0', 'A', '\x7f', '\x80', '\xff'];

const STRAY_PSEUDO: readonly Field[] = [
  [':protocol', 'websocket'],
  [':protocol', 'x'],
  [':status', '200'],
  [':unknown', ''],
];

interface Choice {
  readonly usual: readonly string[];
  readonly odd: readonly string[];
}

/** Writes requests that are right but for some places. */
export class RequestWriter {
  private readonly random: SeededRandom;
  private oddity = 0;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  /** `id` stands in a field of its own behind all others. */
  write(id: number): WrittenRequest {
    const { random } = this;
    this.oddity = random.pick(ODDITIES);
    const pieces = random.chance(0.5) ? [] : this.pieces();
    const length = pieces.join('').length;
    const fields = [...this.pseudoFields(), ...this.regularFields(length)].map(field => this.damage(field));
    const trailers = pieces.length > 0 && random.chance(0.2) ? this.trailers() : undefined;
    return { fields: [...fields, [CASE_FIELD, String(id)]], pieces, trailers };
  }

  private pseudoFields(): Field[] {
    const { random } = this;
    if (random.chance(TUNNEL_SHARE)) return this.tunnelFields();
    const pseudo: Field[] = [
      [':method', this.word(METHODS)],
      [':scheme', this.word(SCHEMES)],
      [':authority', this.word(AUTHORITIES)],
      [':path', this.word(PATHS)],
    ];
    if (this.isOdd()) pseudo.splice(random.below(pseudo.length), 1);
    if (this.isOdd()) pseudo.push(random.pick(pseudo));
    if (this.isOdd()) pseudo.push(random.pick(STRAY_PSEUDO));
    if (this.isOdd()) pseudo.reverse();
    return pseudo;
  }

  /** Extended CONNECT (RFC 8441 §4). */
  private tunnelFields(): Field[] {
    return [
      [':method', 'CONNECT'],
      [':protocol', 'websocket'],
      [':scheme', 'http'],
      [':authority', this.word(AUTHORITIES)],
      [':path', this.word(PATHS)],
    ];
  }

  private regularFields(length: number): Field[] {
    const { random } = this;
    const fields: Field[] = [];
    const count = this.isOdd() ? random.pick([100, 125, 140]) : random.below(5);
    for (let i = 0; i < count; i++) fields.push([this.word(NAMES), this.word(VALUES)]);
    if (random.chance(0.4) || this.isOdd()) fields.push(['content-length', this.word(LENGTHS).replaceAll('N', String(length))]);
    if (this.isOdd()) fields.push(['content-length', String(length)]);
    if (this.isOdd()) fields.push(['host', this.word(AUTHORITIES)]);
    if (this.isOdd()) fields.splice(random.below(fields.length + 1), 0, [':path', '/late']);
    return fields;
  }

  private pieces(): readonly string[] {
    const { random } = this;
    const body = random.pick(BODIES);
    const cut = random.below(body.length + 1);
    return random.chance(0.5) ? [body] : [body.slice(0, cut), body.slice(cut)];
  }

  private trailers(): readonly Field[] {
    const { random } = this;
    return this.isOdd() ? [random.pick(TRAILERS), random.pick(TRAILERS)] : [['x-sum', '1']];
  }

  /** Now and then any byte at any place. */
  private damage([name, value]: Field): Field {
    const { random } = this;
    if (this.oddity === 0 || !random.chance(this.oddity / 4)) return [name, value];
    const byte = random.chance(0.7) ? random.pick(MEANINGFUL) : String.fromCharCode(random.below(256));
    const put = (text: string): string => {
      const at = random.below(text.length + 1);
      return text.slice(0, at) + byte + text.slice(random.chance(0.5) ? at : at + 1);
    };
    return random.chance(0.4) ? [put(name), value] : [name, put(value)];
  }

  private word({ usual, odd }: Choice): string {
    return this.random.pick(this.isOdd() ? odd : usual);
  }

  private isOdd(): boolean {
    return this.oddity > 0 && this.random.chance(this.oddity);
  }
}
