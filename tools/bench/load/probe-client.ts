// SPDX-License-Identifier: Apache-2.0
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { REQUEST_FIELDS } from './request-head.ts';

const HEAD_END = '\r\n\r\n';

/** What a probe looks at in an answer. */
export interface ProbeAnswer {
  /** Status line and fields, lower-case. */
  readonly head: string;
  readonly tookMs: number;
}

/** One keep-alive connection that sends a request as soon as the one before is answered. */
export class ProbeClient implements Disposable {
  private readonly socket: Socket;
  private received = '';
  private deliver: ((head: string) => void) | undefined;
  private fail: ((reason: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: Buffer | string) => {
      this.onText(String(text));
    });
    socket.on('close', () => this.fail?.(new Error('the gateway closed a probe connection')));
    socket.on('error', error => this.fail?.(error));
  }

  static async open(port: number): Promise<ProbeClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new ProbeClient(socket);
  }

  /** Sends one request and waits for the whole answer, which has to say its length. */
  async ask(target: string): Promise<ProbeAnswer> {
    const fields = Object.entries(REQUEST_FIELDS).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = new Promise<string>((resolve, reject) => {
      this.deliver = resolve;
      this.fail = reject;
    });
    const startedMs = performance.now();
    this.socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n${fields.join('')}\r\n`);
    const head = await answer;
    return { head, tookMs: performance.now() - startedMs };
  }

  [Symbol.dispose](): void {
    this.deliver = undefined;
    this.fail = undefined;
    this.socket.destroy();
  }

  private onText(text: string): void {
    this.received += text;
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.received.slice(0, headEnd).toLowerCase();
    const length = Number(/\ncontent-length: (\d+)/.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      this.fail?.(new Error(`an answer without Content-Length came: ${head}`));
    } else if (this.received.length >= headEnd + HEAD_END.length + length) {
      this.received = '';
      this.deliver?.(head);
    }
  }
}
