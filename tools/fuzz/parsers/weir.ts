// SPDX-License-Identifier: Apache-2.0
import { Fault, type HeaderList } from '@weir/base';
import {
  createRequestReader,
  createResponseReader,
  defaultLimits,
  type ParsedRequest,
  type ParsedResponse,
  requestHeadFromParsed,
  UNTIL_CLOSE,
} from '@weir/proxy/http1';
import type { Direction, Message, Outcome, Parse } from './outcome.ts';

type Reader = ReturnType<typeof createRequestReader>;

/** A message that is being read. */
interface Draft {
  readonly line: string;
  readonly fields: readonly string[];
  readonly isPersistent: boolean;
  body: string;
}

/** When the reader goes on after a message: as a connection does that answers at once, or one that answers later. */
export type Pace = 'at once' | 'later';

/** Weir's codec as a parser under test. Anything but a Fault that it throws is a defect of its own and comes out. */
export function createWeirParse(pace: Pace): Parse {
  return (pieces, direction) => new WeirRun(direction, pace).read(pieces);
}

/** One stream of bytes. */
class WeirRun {
  private readonly messages: Message[] = [];
  private readonly direction: Direction;
  private readonly pace: Pace;
  private readonly reader: Reader;
  private draft: Draft | undefined;

  constructor(direction: Direction, pace: Pace) {
    this.direction = direction;
    this.pace = pace;
    this.reader = direction === 'request' ? this.createRequests() : this.createResponses();
  }

  read(pieces: readonly Buffer[]): Outcome {
    try {
      for (const piece of pieces) this.push(piece);
      return this.outcome(this.state());
    } catch (reason) {
      if (!(reason instanceof Fault)) throw reason;
      return this.outcome('refused', `${reason.code}: ${reason.message}`);
    }
  }

  private state(): Outcome['end'] {
    if (this.isClosed()) return 'closed';
    // A request's connection stays open; a response may last until its end.
    const isProper = this.direction === 'request' ? this.reader.isIdle : this.reader.end();
    if (this.isClosed()) return 'closed';
    return isProper ? 'idle' : 'incomplete';
  }

  /** Whether a message has ended its connection: what follows it is nobody's business. */
  private isClosed(): boolean {
    return this.messages.at(-1)?.isPersistent === false;
  }

  private push(piece: Buffer): void {
    if (this.isClosed()) return;
    this.reader.push(piece);
    while (this.pace === 'later' && !this.isClosed() && this.reader.isHeld) this.reader.advance();
  }

  private createRequests(): Reader {
    const onRequest = (request: ParsedRequest): void => {
      // The connection does the same with every request: a target or host without a single reading ends it.
      requestHeadFromParsed(request, 'http');
      if (request.upgrade !== undefined) throw new Fault('bad_request', 'what follows an upgrade to websocket is not HTTP');
      const host = request.host === undefined ? [] : [`host: ${request.host}`];
      this.begin({
        line: `${request.method} ${request.target} 1.${request.minorVersion}`,
        fields: [...host, ...linesFromFields(request.headers)],
        isPersistent: request.isPersistent,
      });
    };
    return createRequestReader(
      { onRequest, onRequestData: chunk => this.append(chunk), onRequestEnd: trailers => this.end(trailers) },
      defaultLimits,
    );
  }

  private createResponses(): Reader {
    const onResponse = ({ head, bodyLength, isPersistent }: ParsedResponse): void => {
      this.begin({
        line: `${head.status}`,
        fields: linesFromFields(head.headers),
        isPersistent: isPersistent && bodyLength !== UNTIL_CLOSE,
      });
    };
    const onInterim = ({ head }: ParsedResponse): void => {
      this.messages.push({
        line: `${head.status}`,
        fields: linesFromFields(head.headers),
        body: '',
        trailers: [],
        isPersistent: true,
      });
    };
    return createResponseReader(
      {
        isSwitchWanted: () => false,
        requestMethod: () => 'GET',
        onInterim,
        onResponse,
        onResponseData: chunk => this.append(chunk),
        onResponseEnd: trailers => this.end(trailers),
      },
      defaultLimits,
    );
  }

  private begin(draft: Omit<Draft, 'body'>): void {
    this.draft = { ...draft, body: '' };
  }

  private append(chunk: Buffer): void {
    if (this.draft === undefined) throw new Error('body bytes came without a head');
    this.draft.body += chunk.toString('latin1');
  }

  private end(trailers: HeaderList | undefined): void {
    if (this.draft === undefined) throw new Error('a message ended without a head');
    const { line, fields, isPersistent, body } = this.draft;
    this.draft = undefined;
    this.messages.push({ line, fields, body, trailers: trailers === undefined ? [] : linesFromFields(trailers), isPersistent });
    if (isPersistent && this.pace === 'at once') this.reader.advance();
  }

  private outcome(end: Outcome['end'], reason = ''): Outcome {
    return { messages: this.messages, end, reason, heads: [] };
  }
}

function linesFromFields({ names, values }: HeaderList): string[] {
  return names.map((name, index) => `${name}: ${values[index] ?? ''}`);
}
