// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:net';
import { http2Block, http2Frame } from '@weir/testing';
import { whyNoResponse, whyNoTrailers } from '../../frames/model/message-rules.ts';
import type { Field } from '../../frames/model/hpack-model.ts';
import { BIT, TYPE } from '../../frames/model/words.ts';
import { parseByLlhttp } from '../../parsers/llhttp.ts';
import { FrameClient } from './frame-client.ts';

/** What a client read of the answer to one request. */
export interface ClientAnswer {
  /** What no proper answer has, or nothing. */
  readonly problem: string | undefined;
  /** 0 = there was no final head. */
  readonly status: number;
  /** `name: value`. */
  readonly fields: readonly string[];
  readonly body: string;
  /** Whether the client could take it for the whole. */
  readonly isComplete: boolean;
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n';
const HEAD: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'a.example'],
  [':path', '/'],
];

/** Asks over HTTP/1.1 and lets llhttp read all that comes back. */
export async function askHttp1(port: number): Promise<ClientAnswer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(REQUEST);
  await once(socket, 'close');
  return readHttp1(Buffer.concat(chunks));
}

/** Asks over HTTP/2. */
export async function askHttp2(port: number): Promise<ClientAnswer> {
  await using client = await FrameClient.open(port);
  const flags = BIT.endHeaders + BIT.endStream;
  client.send(http2Frame({ type: TYPE.headers, flags, streamId: 1, payload: http2Block(...HEAD) }));
  await client.settle([1]);
  const answer = client.answers.get(1);
  const sections = answer?.sections ?? [];
  const at = sections.findIndex(section => !(statusOf(section) ?? '1').startsWith('1'));
  const final = sections[at] ?? [];
  const isComplete = answer?.isComplete === true;
  return {
    problem: whyNoSections(sections, at, isComplete),
    status: Number(statusOf(final) ?? 0),
    fields: final.filter(([name]) => !name.startsWith(':')).map(field => field.join(': ')),
    body: answer?.body.toString('latin1') ?? '',
    isComplete,
  };
}

function readHttp1(bytes: Buffer): ClientAnswer {
  const { messages, end, reason, heads } = parseByLlhttp([bytes], 'response');
  const finals = messages.filter(({ line }) => Number(line) >= 200);
  const [final] = finals;
  const isRefused = end === 'refused' ? `llhttp refuses it: ${reason}` : undefined;
  return {
    problem: finals.length > 1 ? `${finals.length} answers` : isRefused,
    status: Number(final?.line ?? 0),
    fields: final?.fields ?? heads.at(-1) ?? [],
    body: final?.body ?? '',
    isComplete: final !== undefined,
  };
}

/** Interim heads, one final head at `at`, and perhaps trailers. */
function whyNoSections(sections: readonly (readonly Field[])[], at: number, isComplete: boolean): string | undefined {
  if (sections.length === 0) return undefined;
  const heads = at === -1 ? sections : sections.slice(0, at + 1);
  const rest = at === -1 ? [] : sections.slice(at + 1);
  if (rest.length > 1) return `${rest.length} sections behind the head`;
  const isWhole = isComplete && at !== -1;
  const wrong = heads.map(section => whyNoResponse(section, false, 'GET')).find(reason => reason !== undefined);
  return wrong ?? (isWhole && rest[0] !== undefined ? whyNoTrailers(rest[0], true) : undefined);
}

function statusOf(section: readonly Field[]): string | undefined {
  return section.find(([name]) => name === ':status')?.[1];
}
