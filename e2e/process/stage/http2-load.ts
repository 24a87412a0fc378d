// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { constants } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { connectHttp2, readHttp2Response } from '@weir/testing';
import type { ClientOptions } from '@weir/testing';

/** What came of a load over HTTP/2. */
export interface Http2LoadReport {
  succeededCount: number;
  /** What went wrong, each kind with its count. */
  readonly failures: Map<string, number>;
  /**
   * Requests that nobody has looked at, so that clients send them again elsewhere (RFC 9113 §8.7): Node itself refuses those that
   * were asked for in the turn in which GOAWAY came.
   */
  refusedCount: number;
  /** Connections that the server asked to leave (GOAWAY). */
  goAwayCount: number;
}

export interface Http2LoadOptions {
  readonly at: ClientOptions;
  readonly sessionCount: number;
  /** Requests that each session has in flight at a time. */
  readonly streamCount: number;
}

/**
 * Steady load over connections of Node's own HTTP/2 client. As browsers do, it begins no request on a connection that the server
 * has asked it to leave, and lets those that have begun come to their end; behind a balancer that has taken the server out it
 * opens no other connection. Every request that was begun counts.
 */
export class Http2Load {
  readonly report: Http2LoadReport = { succeededCount: 0, failures: new Map(), refusedCount: 0, goAwayCount: 0 };
  /** Resolves when every session has ended. */
  readonly ended: Promise<void>;
  private isStopping = false;

  constructor({ at, sessionCount, streamCount }: Http2LoadOptions) {
    const sessions = Array.from({ length: sessionCount }, () => this.runSession(connectHttp2(at), streamCount));
    this.ended = Promise.all(sessions).then(() => undefined);
  }

  /** Lets every request that has begun come to its end, and ends. */
  async stop(): Promise<Http2LoadReport> {
    this.isStopping = true;
    await this.ended;
    return this.report;
  }

  private async runSession(session: ClientHttp2Session, streamCount: number): Promise<void> {
    session.once('goaway', () => {
      this.report.goAwayCount++;
    });
    await once(session, 'connect');
    await Promise.all(Array.from({ length: streamCount }, () => this.runStream(session)));
    session.destroy();
  }

  /** Node closes a session for new requests when GOAWAY comes. */
  private async runStream(session: ClientHttp2Session): Promise<void> {
    while (!session.closed && !this.isStopping) {
      const stream = session.request({ ':path': '/', ':authority': 'localhost' });
      try {
        const { status } = await readHttp2Response(stream);
        if (status === 200) this.report.succeededCount++;
        else this.countFailure(`status ${status}`);
      } catch (error) {
        if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) this.report.refusedCount++;
        else this.countFailure(error instanceof Error ? error.message : 'unknown');
      }
    }
  }

  private countFailure(reason: string): void {
    this.report.failures.set(reason, (this.report.failures.get(reason) ?? 0) + 1);
  }
}
