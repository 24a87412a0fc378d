// SPDX-License-Identifier: Apache-2.0
import type { SeededRandom } from '../seeded-random.ts';
import { COLONS, CONNECTIONS, EXTRA_FIELDS, HOSTS, NAMES, VALUES } from './vocabulary/fields.ts';
import { CHUNK_SIZES, CODING_NAMES, CODINGS, LENGTH_NAMES, LENGTHS } from './vocabulary/framing.ts';
import { LINE_ENDS, METHODS, SPACES, STATUS_LINES, TARGETS, VERSIONS } from './vocabulary/start-lines.ts';
import type { Words } from './vocabulary/words.ts';

/** Shares of the inputs in which no, few, some or many places are odd: deep states are only reached by what is mostly right. */
const ODDITIES = [0, 0.01, 0.03, 0.03, 0.1];
const BODIES = ['', 'a', 'hello', '0\r\n\r\n', 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n', 'x'.repeat(300), '\r\n', '\0\xff\n'];
const TRAILERS = [
  'X-Checksum: 1',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Host: evil',
  'Trailer : x',
  'bad',
  ' folded',
  'X: \0',
  'Connection: close',
];

/** Writes messages that are right but for some places, as text in which each character is one byte. */
export class MessageWriter {
  private readonly random: SeededRandom;
  private oddity = 0;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  /** One to three requests as they would come over one connection. */
  writeRequests(): string {
    return this.writeSome(() => this.writeRequest());
  }

  /** One to three responses. */
  writeResponses(): string {
    return this.writeSome(() => this.writeResponse());
  }

  private writeSome(write: () => string): string {
    this.oddity = this.random.pick(ODDITIES);
    let text = this.isOdd() ? this.random.pick(['\r\n', '\n', '\r', '\r\n\r\n', ' ', '\0']) : '';
    do text += write();
    while (this.random.chance(0.25));
    return text;
  }

  private writeRequest(): string {
    const line = [
      this.word(METHODS),
      this.word(SPACES),
      this.word(TARGETS),
      this.word(SPACES),
      this.word(VERSIONS),
      this.word(LINE_ENDS),
    ];
    return line.join('') + this.writeHosts() + this.writeRest();
  }

  private writeResponse(): string {
    return this.word(STATUS_LINES) + this.word(LINE_ENDS) + this.writeRest();
  }

  private writeHosts(): string {
    let count = 1;
    if (this.isOdd()) count = this.random.pick([0, 2]);
    let text = '';
    for (let i = 0; i < count; i++) text += this.writeField('Host', this.word(HOSTS));
    return text;
  }

  private writeRest(): string {
    let text = '';
    const fieldCount = this.isOdd() ? this.random.pick([0, 31, 32, 33, 127, 130]) : this.random.below(5);
    for (let i = 0; i < fieldCount; i++) text += this.writeField(this.word(NAMES), this.word(VALUES));
    if (this.random.chance(0.2)) text += this.writeField('Connection', this.word(CONNECTIONS));
    if (this.random.chance(0.1)) text += this.word(EXTRA_FIELDS) + this.word(LINE_ENDS);
    return text + this.writeBody();
  }

  /** Framing fields, the empty line, and a body that mostly fits them. */
  private writeBody(): string {
    const body = this.random.pick(BODIES);
    const lengthField = (): string =>
      this.writeField(this.word(LENGTH_NAMES), this.word(LENGTHS).replaceAll('N', String(body.length)));
    const codingField = (): string => this.writeField(this.word(CODING_NAMES), this.word(CODINGS));
    const fields: string[] = [];
    const kind = this.random.pick(['none', 'length', 'chunked']);
    if (kind === 'length') fields.push(lengthField());
    if (kind === 'chunked') fields.push(codingField());
    while (this.isOdd()) {
      fields.splice(this.random.below(fields.length + 1), 0, this.random.chance(0.5) ? lengthField() : codingField());
    }
    const emptyLine = this.word(LINE_ENDS);
    if (kind === 'none') return fields.join('') + emptyLine;
    return fields.join('') + emptyLine + (kind === 'length' ? body : this.writeChunks(body));
  }

  private writeChunks(body: string): string {
    let text = '';
    const pieceLength = 1 + this.random.below(Math.max(body.length, 1));
    for (let at = 0; at < body.length; at += pieceLength) {
      const piece = body.slice(at, at + pieceLength);
      text += this.writeChunkSize(piece.length) + piece + this.word(LINE_ENDS);
    }
    text += this.writeChunkSize(0);
    while (this.random.chance(0.15)) {
      text += (this.isOdd() ? this.random.pick(TRAILERS) : 'X-Checksum: 1') + this.word(LINE_ENDS);
    }
    return text + this.word(LINE_ENDS);
  }

  private writeChunkSize(size: number): string {
    return this.word(CHUNK_SIZES).replaceAll('N', size.toString(16)) + this.word(LINE_ENDS);
  }

  private writeField(name: string, value: string): string {
    return name + this.word(COLONS) + value + this.word(LINE_ENDS);
  }

  private word({ usual, odd }: Words): string {
    return this.random.pick(this.isOdd() ? odd : usual);
  }

  private isOdd(): boolean {
    return this.oddity > 0 && this.random.chance(this.oddity);
  }
}
