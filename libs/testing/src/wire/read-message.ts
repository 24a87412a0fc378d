// SPDX-License-Identifier: Apache-2.0
import type { ByteReader } from './byte-reader.ts';
import { RawRequest } from './raw-request.ts';
import { RawResponse } from './raw-response.ts';
import type { Field, MessageParts } from './message.ts';

const REQUEST_LINE = /^[!#$%\x26'*+\-.^_`\|~\dA-Za-z]+ [^ \t\r\n]+ HTTP\/1\.[01]$/v;
const STATUS_LINE = /^HTTP\/1\.[01] [1-5]\d\d [^\r\n]*$/v;
const FIELD_LINE = /^(?<name>[!#$%\x26'*+\-.^_`\|~\dA-Za-z]+):[ \t]*(?<value>[^\r\n\0]*?)[ \t]*$/v;
const CHUNK_LINE = /^(?<size>[\dA-Fa-f]{1,8})(?:;[^\r\n]*)?$/v;

type Head = Pick<MessageParts, 'startLine' | 'fields'>;
type Content = Pick<MessageParts, 'body' | 'trailers' | 'chunkSizes'>;
const NO_CONTENT: Content = { body: Buffer.alloc(0), trailers: [], chunkSizes: undefined };

/** Reads one request, strictly (RFC 9112): what a careless peer would forgive is an Error here. */
export async function readRequest(reader: ByteReader): Promise<RawRequest> {
  const head = await readHead(reader, REQUEST_LINE);
  return new RawRequest({ ...head, ...(await readContent(reader, head.fields, 'none')) });
}

/** Reads a request's head and leaves its body on the wire. */
export async function readRequestHead(reader: ByteReader): Promise<RawRequest> {
  return new RawRequest({ ...(await readHead(reader, REQUEST_LINE)), ...NO_CONTENT });
}

/** Reads one final response and the 1xx before it, strictly. `method` of the request decides whether there is a body. */
export async function readResponse(reader: ByteReader, method = 'GET'): Promise<RawResponse> {
  const interim: RawResponse[] = [];
  for (;;) {
    const head = await readResponseHead(reader);
    if (head.status < 200) {
      interim.push(head);
      continue;
    }
    const hasBody = method !== 'HEAD' && head.status !== 204 && head.status !== 304;
    const content = hasBody ? await readContent(reader, head.fields, 'until close') : NO_CONTENT;
    return new RawResponse({ startLine: head.startLine, fields: head.fields, ...content }, interim);
  }
}

/** Reads one response head, 1xx included, and leaves its body on the wire. */
export async function readResponseHead(reader: ByteReader): Promise<RawResponse> {
  return new RawResponse({ ...(await readHead(reader, STATUS_LINE)), ...NO_CONTENT });
}

async function readHead(reader: ByteReader, startPattern: RegExp): Promise<Head> {
  const startLine = await readLine(reader);
  if (!startPattern.test(startLine)) throw new Error(`not a start line: ${JSON.stringify(startLine)}`);
  return { startLine, fields: await readFields(reader) };
}

async function readFields(reader: ByteReader): Promise<readonly Field[]> {
  const fields: Field[] = [];
  for (let line = await readLine(reader); line !== ''; line = await readLine(reader)) {
    const groups = FIELD_LINE.exec(line)?.groups;
    if (groups === undefined) throw new Error(`not a field line: ${JSON.stringify(line)}`);
    fields.push([groups['name']!, groups['value']!]);
  }
  return fields;
}

async function readLine(reader: ByteReader): Promise<string> {
  const line = (await reader.readThrough('\n')).toString('latin1');
  if (!line.endsWith('\r\n')) throw new Error(`a line ends with a bare LF: ${JSON.stringify(line)}`);
  return line.slice(0, -2);
}

async function readContent(reader: ByteReader, fields: readonly Field[], absent: 'none' | 'until close'): Promise<Content> {
  const lengths = fields.filter(([name]) => name.toLowerCase() === 'content-length').map(([, value]) => value);
  const codings = fields.filter(([name]) => name.toLowerCase() === 'transfer-encoding').map(([, value]) => value);
  if (codings.length > 0) {
    if (lengths.length > 0) throw new Error('both Content-Length and Transfer-Encoding');
    if (codings.length > 1 || codings[0] !== 'chunked') throw new Error(`Transfer-Encoding is ${codings.join(' | ')}`);
    return readChunked(reader);
  }
  if (lengths.length > 1) throw new Error(`several Content-Length: ${lengths.join(' | ')}`);
  if (lengths.length === 1) {
    if (!/^\d+$/v.test(lengths[0]!)) throw new Error(`Content-Length is ${lengths[0]!}`);
    return { ...NO_CONTENT, body: await reader.readExactly(Number(lengths[0])) };
  }
  if (absent === 'none') return NO_CONTENT;
  const { bytes, ending } = await reader.readToEnd();
  if (ending === 'reset') throw new Error(`the peer reset the connection after ${bytes.length} bytes of a body without length`);
  return { ...NO_CONTENT, body: bytes };
}

async function readChunked(reader: ByteReader): Promise<Content> {
  const parts: Buffer[] = [];
  for (;;) {
    const line = await readLine(reader);
    const size = CHUNK_LINE.exec(line)?.groups?.['size'];
    if (size === undefined) throw new Error(`not a chunk line: ${JSON.stringify(line)}`);
    if (Number.parseInt(size, 16) === 0) break;
    parts.push(await reader.readExactly(Number.parseInt(size, 16)));
    if ((await readLine(reader)) !== '') throw new Error('a chunk is longer than its size says');
  }
  return { body: Buffer.concat(parts), trailers: await readFields(reader), chunkSizes: parts.map(part => part.length) };
}
