// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import type { Direction, Message, Outcome, Parse } from './outcome.ts';
import { fieldsBeyondOneHop, type RawField } from './one-hop-fields.ts';

type Callback = (...values: readonly unknown[]) => number;

/** What is used of Node's own binding of llhttp. It has no public face: the fuzzer is its only reader here. */
interface Binding {
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnMessageBegin: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kLenientNone: number;
  new (): Parser;
}

interface Parser {
  [event: number]: Callback;
  initialize(kind: number, resource: object, maxHeadBytes: number, lenient: number): void;
  /** Bytes taken, or the error. */
  execute(bytes: Buffer): number | (Error & { readonly code?: string; readonly reason?: string });
  finish(): number | undefined | (Error & { readonly code?: string; readonly reason?: string });
}

interface HttpCommon {
  readonly HTTPParser: Binding;
  readonly methods: readonly string[];
}

const loadModule: (name: string) => HttpCommon = createRequire(import.meta.url);
const { HTTPParser, methods } = loadModule('node:_http_common');

/** Weir's own limit is lower: size is compared by a rule, not by two limits that differ. */
const MAX_HEAD_BYTES = 1024 * 1024;
const METHOD_NAMES = namesByIndex();

/** Node's llhttp in its strict settings as a parser under test. */
export const parseByLlhttp: Parse = (pieces, direction) => {
  const run = new LlhttpRun(direction);
  current = run;
  return run.read(pieces);
};

/** One parser for all runs: Node keeps those that are merely dropped for ever. */
const PARSER = createParser();
let current: LlhttpRun | undefined;

function createParser(): Parser {
  const parser = new HTTPParser();
  parser[HTTPParser.kOnMessageBegin] = () => current?.onBegin() ?? 0;
  parser[HTTPParser.kOnHeaders] = (fields, url) => current?.onFields(fields, url) ?? 0;
  parser[HTTPParser.kOnHeadersComplete] = (...values) => current?.onHead(values) ?? 0;
  parser[HTTPParser.kOnBody] = chunk => current?.onBody(chunk) ?? 0;
  parser[HTTPParser.kOnMessageComplete] = () => current?.onEnd() ?? 0;
  return parser;
}

/** One stream of bytes. Node's parser gives head fields in portions, so they are gathered. */
class LlhttpRun {
  private readonly isRequest: boolean;
  private readonly messages: Message[] = [];
  private readonly heads: string[][] = [];
  private gathered: string[] = [];
  private gatheredUrl = '';
  private isWithin = false;
  private isUpgrade = false;
  private line = '';
  private fields: readonly string[] = [];
  private isHeadComplete = false;
  private body = '';
  private isPersistent = true;

  constructor(direction: Direction) {
    this.isRequest = direction === 'request';
  }

  read(pieces: readonly Buffer[]): Outcome {
    PARSER.initialize(this.isRequest ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, MAX_HEAD_BYTES, HTTPParser.kLenientNone);
    for (const piece of pieces) {
      const taken = PARSER.execute(piece);
      if (taken instanceof Error) return this.outcomeOfError(taken);
      if (this.isUpgrade && taken < piece.length) return this.outcome('upgraded');
    }
    if (!this.isRequest && !this.isClosed()) this.finish();
    if (this.isClosed()) return this.outcome('closed');
    return this.outcome(this.isWithin ? 'incomplete' : 'idle');
  }

  /** The stream of responses ends: a body that lasts until then is complete. */
  private finish(): void {
    this.isWithin = PARSER.finish() instanceof Error || this.isWithin;
  }

  /** Whether a message has ended its connection. */
  private isClosed(): boolean {
    return this.messages.at(-1)?.isPersistent === false;
  }

  private outcomeOfError(error: Error & { readonly code?: string; readonly reason?: string }): Outcome {
    // A message that ends its connection ends what is compared: what llhttp says to the bytes behind it decides nothing.
    if (this.isClosed()) return this.outcome('closed');
    return this.outcome('refused', `${error.code ?? ''}: ${error.reason ?? error.message}`);
  }

  private outcome(end: Outcome['end'], reason = ''): Outcome {
    return { messages: this.messages, end, reason, heads: this.heads };
  }

  onBegin(): number {
    this.isWithin = true;
    this.isUpgrade = false;
    this.gathered = [];
    this.gatheredUrl = '';
    this.isHeadComplete = false;
    this.fields = [];
    this.body = '';
    return 0;
  }

  onFields(fields: unknown, url: unknown): number {
    if (Array.isArray(fields)) this.gathered.push(...fields.map(String));
    if (typeof url === 'string') this.gatheredUrl += url;
    return 0;
  }

  onHead(values: readonly unknown[]): number {
    const [majorVersion, minorVersion, fields, method, url, status, , isUpgrade, isPersistent] = values;
    this.onFields(fields, url);
    this.line = this.isRequest
      ? `${METHOD_NAMES.get(Number(method)) ?? '?'} ${this.gatheredUrl} ${String(majorVersion)}.${String(minorVersion)}`
      : String(status);
    const head = pairs(this.gathered);
    this.heads.push(head.map(({ name, value }) => `${name}: ${value}`));
    this.fields = fieldsBeyondOneHop(head, this.isRequest ? 'request' : 'response');
    this.gathered = [];
    this.isHeadComplete = true;
    this.isPersistent = isPersistent === true;
    this.isUpgrade = isUpgrade === true;
    return 0;
  }

  onBody(chunk: unknown): number {
    if (chunk instanceof Uint8Array) this.body += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    return 0;
  }

  onEnd(): number {
    const trailers = this.isHeadComplete ? pairs(this.gathered).map(({ name, value }) => `${name}: ${value}`) : [];
    this.messages.push({ line: this.line, fields: this.fields, body: this.body, trailers, isPersistent: this.isPersistent });
    this.isWithin = false;
    this.gathered = [];
    return 0;
  }
}

function pairs(flat: readonly string[]): RawField[] {
  const list: RawField[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    list.push({ name: (flat[i] ?? '').toLowerCase(), value: (flat[i + 1] ?? '').replace(/^[ \t]+|[ \t]+$/g, '') });
  }
  return list;
}

/** Node tells a method by its number in a list that it keeps to itself, so each is asked for once. */
function namesByIndex(): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const method of methods) {
    const parser = new HTTPParser();
    parser.initialize(HTTPParser.REQUEST, {}, MAX_HEAD_BYTES, HTTPParser.kLenientNone);
    parser[HTTPParser.kOnHeadersComplete] = (...values) => {
      names.set(Number(values[3]), method);
      return 0;
    };
    parser.execute(Buffer.from(`${method} ${method === 'CONNECT' ? 'a:1' : '/'} HTTP/1.1\r\nHost: a\r\n\r\n`, 'latin1'));
  }
  return names;
}
