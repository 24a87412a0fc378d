// SPDX-License-Identifier: Apache-2.0
import { type BodySink, type Exchange, type Fault, HeaderList, type ResponseHandler, type ResponseHead } from '@weir/base';
import { defaultLimits } from '@weir/proxy/http1';
import { Http2UpstreamConnection, type Http2UpstreamHost } from '@weir/proxy/http2';
import { createTestExchange, HTTP2_PREFACE, MemorySocket, TestBody } from '@weir/testing';
import { ImmediateBatch } from './immediate-batch.ts';
import type { Subject } from './subject.ts';

const ENDPOINT = { address: '192.0.2.2', port: 80, connectTimeoutMs: 1_000 };

/** The client side: what calls backends. It has four requests on their way: GET, HEAD, POST that is sent whole, and one that is not. */
export class UpstreamSubject implements Subject, Http2UpstreamHost {
  readonly role = 'client';
  readonly heldBytes = 0;
  readonly limits = defaultLimits;
  readonly batch = new ImmediateBatch();
  readonly coarseNowMs = 0;
  readonly complaints: string[] = [];
  readonly heads: (readonly (readonly [string, string])[])[] = [];
  private readonly socket = new MemorySocket();
  private readonly connection: Http2UpstreamConnection;
  private readonly calls: RecordedCall[] = [];
  private hasPreface = false;
  private take = (_bytes: Buffer): void => undefined;
  private ready = (): void => undefined;

  constructor() {
    this.connection = new Http2UpstreamConnection(ENDPOINT, this, (_target, _memory, handler) => {
      this.take = bytes => handler.onBytes(bytes);
      this.ready = () => handler.onReady();
      return this.socket.asSocket();
    });
    this.ready();
    const whole = new TestBody(5);
    whole.data('hello');
    whole.end();
    this.send(createTestExchange({ request: { path: '/1' } }));
    this.send(createTestExchange({ request: { path: '/3', method: 'HEAD' } }));
    this.send(
      createTestExchange({ request: { path: '/5', method: 'POST', headers: HeaderList.of(['cookie', 'a=b']) }, body: whole }),
    );
    this.send(createTestExchange({ request: { path: '/7', method: 'POST' }, body: new TestBody(undefined) }));
  }

  get stories(): readonly string[] {
    return this.calls.map(({ story }) => story);
  }

  get isOver(): boolean {
    return this.socket.isOver;
  }

  push(bytes: Buffer): void {
    if (this.isOver) return;
    this.take(bytes);
    this.batch.flush();
  }

  takeSent(): Buffer {
    this.batch.flush();
    const bytes = this.socket.takeSent();
    if (this.hasPreface) return bytes;
    this.hasPreface = true;
    if (!bytes.subarray(0, HTTP2_PREFACE.length).equals(HTTP2_PREFACE)) this.complaints.push('no preface was sent');
    return bytes.subarray(HTTP2_PREFACE.length);
  }

  onClosed(): void {
    // The double has nothing to forget.
  }

  private send(exchange: Exchange): void {
    const call = new RecordedCall(this);
    this.calls.push(call);
    this.connection.send({ exchange, handler: call });
  }
}

/** Takes one answer and sees to it that it is one: head, data, end, in that order, or a fault. */
class RecordedCall implements ResponseHandler, BodySink {
  private readonly subject: Pick<UpstreamSubject, 'complaints' | 'heads'>;
  private head = '';
  private body = '';
  private interimCount = 0;
  private end = 'open';

  constructor(subject: Pick<UpstreamSubject, 'complaints' | 'heads'>) {
    this.subject = subject;
  }

  get story(): string {
    return `${this.interimCount} interim, ${this.head} ${this.end} ${this.end.startsWith('end') ? this.body : ''}`;
  }

  onInformation(head: ResponseHead): void {
    this.assertOpen('an interim response');
    if (this.head !== '' || head.status >= 200) this.complain('an interim response out of place');
    this.interimCount += 1;
  }

  onHead(head: ResponseHead): void {
    this.assertOpen('a head');
    if (this.head !== '') this.complain('a second head');
    this.subject.heads.push([...head.headers.entries()]);
    this.head = `${head.status} ${head.contentLength ?? '-'} ${JSON.stringify([...head.headers.entries()])}`;
  }

  onData(chunk: Buffer): boolean {
    this.assertOpen('data');
    if (this.head === '') this.complain('data before the head');
    this.body += chunk.toString('latin1');
    return true;
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.assertOpen('an end');
    if (this.head === '') this.complain('an end before the head');
    this.end = `end ${JSON.stringify(trailers === undefined ? [] : [...trailers.entries()])}`;
  }

  onFault(fault: Fault): void {
    this.assertOpen('a fault');
    this.end = fault.code;
    if (fault.code === 'internal') this.complain(`threw ${String(fault.cause)}`);
  }

  private complain(complaint: string): void {
    this.subject.complaints.push(complaint);
  }

  private assertOpen(what: string): void {
    if (this.end !== 'open') this.complain(`${what} after ${this.end}`);
  }
}
