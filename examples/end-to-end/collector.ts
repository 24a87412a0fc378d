// SPDX-License-Identifier: Apache-2.0
// `node collector.ts [PORT]`: takes spans by OTLP over HTTP in protobuf, and shows their traces. A real collector keeps them.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const DEFAULT_PORT = 4318;
const POLL_MS = 20;
/** Numbers of fields in opentelemetry/proto/trace/v1/trace.proto. */
const FIELD = {
  resourceSpans: 1,
  scopeSpans: 2,
  spans: 2,
  spanId: 2,
  parentSpanId: 4,
  kind: 6,
  attributes: 9,
  key: 1,
  value: 2,
  text: 1,
};
const SERVER = 2;
/** Wire types of protobuf. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

interface Span {
  readonly id: string;
  readonly parent: string;
  readonly isServer: boolean;
  readonly attributes: ReadonlyMap<string, string>;
}

const spans: Span[] = [];
const [port = DEFAULT_PORT] = process.argv.slice(2);

createServer((request, response) => void serve(request, response)).listen(Number(port), '127.0.0.1', () => {
  console.log(`the collector listens on http://127.0.0.1:${port}/`);
});

/** GET waits for as many spans as it asks for (`/?spans=12`), and shows them. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    const wanted = Number(new URL(request.url ?? '/', 'http://collector').searchParams.get('spans') ?? 0);
    while (spans.length < wanted) await pause(POLL_MS);
    response.end(
      `${spans
        .filter(({ parent }) => parent === '')
        .map(root => render(root, ''))
        .join('\n')}\n`,
    );
    return;
  }
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  for (const resource of fields(Buffer.concat(parts), FIELD.resourceSpans)) {
    for (const scope of fields(resource, FIELD.scopeSpans)) spans.push(...fields(scope, FIELD.spans).map(spanFrom));
  }
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
}

function render(span: Span, indent: string): string {
  const { attributes, isServer } = span;
  const caller = attributes.get('weir.peer_identity');
  const where = isServer ? (attributes.get('weir.listener') ?? '') : `→ ${attributes.get('weir.backend') ?? ''}`;
  const line = `${indent}${where}${caller === undefined ? '' : ` (called by ${caller})`}`;
  return [line, ...spans.filter(({ parent }) => parent === span.id).map(child => render(child, `${indent}  `))].join('\n');
}

function spanFrom(message: Buffer): Span {
  const [id, parent] = [FIELD.spanId, FIELD.parentSpanId].map(number =>
    (fields(message, number)[0] ?? Buffer.alloc(0)).toString('hex'),
  );
  const attributes = fields(message, FIELD.attributes).map(pair => {
    const [value = Buffer.alloc(0)] = fields(pair, FIELD.value);
    return [textOf(pair, FIELD.key), textOf(value, FIELD.text)] as const;
  });
  return {
    id: id ?? '',
    parent: parent ?? '',
    isServer: message.includes(Buffer.from([(FIELD.kind << 3) | VARINT, SERVER])),
    attributes: new Map(attributes),
  };
}

function textOf(message: Buffer, number: number): string {
  return (fields(message, number)[0] ?? Buffer.alloc(0)).toString();
}

/** What a message has in a field of bytes. */
function fields(message: Buffer, wanted: number): readonly Buffer[] {
  const found: Buffer[] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const tag = varint();
    if (tag % 8 === VARINT) varint();
    else if (tag % 8 === BYTES) {
      const length = varint();
      if (tag >> 3 === wanted) found.push(message.subarray(position, position + length));
      position += length;
    } else position += tag % 8 === FIXED64 ? 8 : 4;
  }
  return found;
}
