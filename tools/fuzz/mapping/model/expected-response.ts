// SPDX-License-Identifier: Apache-2.0
import type { Field } from '../../frames/model/hpack-model.ts';
import { declaredLength, only, whyNoResponse, whyNoTrailers, whyStricter } from '../../frames/model/message-rules.ts';
import { fieldsBeyondOneHop } from '../../parsers/one-hop-fields.ts';
import { createWeirParse } from '../../parsers/weir.ts';
import type { Piece } from '../inputs/response-writer.ts';

/** What a client has to see of an answer, if it sees one that is complete. */
export interface ExpectedResponse {
  /** `must`: it has to come through; `never`: it must not be taken for complete. */
  readonly verdict: 'may' | 'must' | 'never';
  readonly because: string;
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: string;
}

const NOTHING = { status: 0, fields: [], body: '' };
const MAX_INTERIM = 16;
const parseHttp1 = createWeirParse('later');

/** Reads the first answer to a GET in the bytes of a server of HTTP/1.1, which then closes; see http1-differential.ts for that reading. */
export function expectFromHttp1(bytes: Buffer): ExpectedResponse {
  const { messages, end, reason } = parseHttp1([bytes], 'response');
  const final = messages.find(({ line }) => Number(line) >= 200);
  if (final === undefined) return { verdict: 'never', because: `no answer: ${end} ${reason}`, ...NOTHING };
  const { line, fields, body } = final;
  return { verdict: 'must', because: 'it is whole', status: Number(line), fields: comparable(fields), body };
}

/** Reads the answer to a GET as RFC 9113 §8.1 does. */
export function expectFromHttp2(written: readonly Piece[]): ExpectedResponse {
  // DATA without a byte says nothing, wherever it stands.
  const pieces = written.filter(piece => piece.kind === 'section' || piece.text !== '' || piece.isEnd);
  const at = pieces.findIndex(piece => piece.kind === 'data' || piece.isEnd || !isInterim(piece.fields));
  const head = pieces[at];
  const interim = pieces.slice(0, at);
  if (head === undefined || head.kind === 'data') return { verdict: 'never', because: 'DATA before the head', ...NOTHING };
  const ended = pieces.findIndex(({ isEnd }) => isEnd);
  const own = pieces.slice(at + 1, ended + 1);
  const because = whyNever(interim, head, own);
  const body = own.map(piece => (piece.kind === 'data' ? piece.text : '')).join('');
  const fields = comparable(head.fields.filter(([name]) => !name.startsWith(':')).map(field => field.join(': ')));
  const status = Number(only(head.fields, ':status') ?? 0);
  if (because !== undefined) return { verdict: 'never', because, status, fields, body };
  const may = pieces
    .map(piece => (piece.kind === 'section' ? whyStricter(piece.fields) : undefined))
    .find(rule => rule !== undefined);
  // What comes behind the end of a stream ends the connection, perhaps before the answer is taken on.
  const isRisky = interim.length > MAX_INTERIM || ended < pieces.length - 1;
  return { verdict: may === undefined && !isRisky ? 'must' : 'may', because: may ?? 'it is whole', status, fields, body };
}

/** Fields as a client of any version has them, without those that the gateway writes itself. */
export function comparable(lines: readonly string[]): readonly string[] {
  const fields = lines.map(line => ({ name: line.slice(0, line.indexOf(': ')), value: line.slice(line.indexOf(': ') + 2) }));
  return fieldsBeyondOneHop(
    fields.filter(({ name }) => name !== 'date' && name !== 'trailer'),
    'response',
  );
}

type Section = Extract<Piece, { kind: 'section' }>;

function whyNever(interim: readonly Piece[], head: Section, rest: readonly Piece[]): string | undefined {
  const sections = [...interim.flatMap(piece => (piece.kind === 'section' ? [piece] : [])), head];
  const wrong = sections.map(({ fields, isEnd }) => whyNoResponse(fields, isEnd, 'GET')).find(reason => reason !== undefined);
  return wrong ?? whyNoBody(head, rest);
}

function whyNoBody({ fields }: Section, rest: readonly Piece[]): string | undefined {
  const bytes = rest.reduce((sum, piece) => sum + (piece.kind === 'data' ? piece.text.length : 0), 0);
  const status = only(fields, ':status') ?? '';
  const length = status === '204' || status === '304' ? 0 : declaredLength(fields);
  if (length !== undefined && length !== bytes) return 'a body unlike content-length';
  const trailers = rest.filter(piece => piece.kind === 'section');
  if (trailers.length === 0) return undefined;
  return rest.at(-1) === trailers[0] ? whyNoTrailers(trailers[0]?.fields ?? [], true) : 'a section within the body';
}

function isInterim(fields: readonly Field[]): boolean {
  return /^1[0-9][0-9]$/.test(only(fields, ':status') ?? '') && only(fields, ':status') !== '101';
}
