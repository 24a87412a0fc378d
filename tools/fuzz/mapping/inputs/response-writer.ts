// SPDX-License-Identifier: Apache-2.0
import { http2Block, http2Frame } from '@weir/testing';
import type { Field } from '../../frames/model/hpack-model.ts';
import { BIT, TYPE } from '../../frames/model/words.ts';
import type { SeededRandom } from '../../seeded-random.ts';
import { NAMES, TRAILERS, VALUES } from './vocabulary.ts';

/** A piece of an answer: a section, or DATA. */
export type Piece =
  | { readonly kind: 'data'; readonly text: string; readonly isEnd: boolean }
  | { readonly kind: 'section'; readonly fields: readonly Field[]; readonly isEnd: boolean };

const ODDITIES = [0, 0, 0.05, 0.2];
const STATUSES = ['200', '200', '200', '404', '301', '204', '304'];
const ODD_STATUSES = ['101', '100', '103', '', 'abc', '20', '2000', '000', '200 OK', '200\r\nX: y', '999'];
const EARLY: readonly Field[] = [
  [':status', '103'],
  ['link', '</a>'],
];
/** What somebody would like to see as an answer of its own. */
const STOLEN = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen';
const BODIES = ['', 'a', 'hello', STOLEN, `0\r\n\r\n${STOLEN}`, '\r\n'];

/** Writes answers of a server of HTTP/2 that are right but for some places. */
export class ResponseWriter {
  private readonly random: SeededRandom;
  private oddity = 0;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  /** The last piece ends the stream. */
  write(): readonly Piece[] {
    const { random } = this;
    this.oddity = random.pick(ODDITIES);
    const body = random.pick(BODIES);
    const pieces: Piece[] = [];
    while (random.chance(0.1)) pieces.push(this.section(EARLY));
    if (!this.isOdd()) pieces.push(this.section(this.head(body)));
    if (body !== '' || this.isOdd()) pieces.push({ kind: 'data', text: body, isEnd: false });
    if (random.chance(0.1)) pieces.push(this.section(this.isOdd() ? [random.pick(TRAILERS)] : [['x-sum', '1']]));
    while (this.isOdd()) pieces.splice(random.below(pieces.length + 1), 0, this.stray());
    const last = pieces.at(-1) ?? this.stray();
    return [...pieces.slice(0, -1), { ...last, isEnd: true }];
  }

  private head(body: string): readonly Field[] {
    const { random } = this;
    const usual = body === '' ? random.pick(STATUSES) : '200';
    const status = this.isOdd() ? random.pick(ODD_STATUSES) : usual;
    const fields: Field[] = this.isOdd() ? [] : [[':status', status]];
    const count = random.below(4);
    for (let i = 0; i < count; i++) {
      const name = random.pick(this.isOdd() ? NAMES.odd : ['x-a', 'x-b', 'content-type', 'set-cookie']);
      fields.push([name, random.pick(this.isOdd() ? VALUES.odd : VALUES.usual)]);
    }
    if (random.chance(0.3)) fields.push(['content-length', String(this.isOdd() ? random.below(9) : body.length)]);
    return fields;
  }

  private stray(): Piece {
    const { random } = this;
    if (random.chance(0.5)) return { kind: 'data', text: STOLEN, isEnd: random.chance(0.2) };
    return {
      ...this.section(random.pick([[[':status', '200']], [[':status', '103']], [['x', '1']]])),
      isEnd: random.chance(0.2),
    };
  }

  private section(fields: readonly Field[]): Piece {
    return { kind: 'section', fields, isEnd: false };
  }

  private isOdd(): boolean {
    return this.oddity > 0 && this.random.chance(this.oddity);
  }
}

/** The frames of an answer. */
export function framesOfPieces(pieces: readonly Piece[], streamId: number): Buffer {
  return Buffer.concat(
    pieces.map(piece => {
      const end = piece.isEnd ? BIT.endStream : 0;
      if (piece.kind === 'data') {
        return http2Frame({ type: TYPE.data, flags: end, streamId, payload: Buffer.from(piece.text, 'latin1') });
      }
      return http2Frame({ type: TYPE.headers, flags: end + BIT.endHeaders, streamId, payload: http2Block(...piece.fields) });
    }),
  );
}
