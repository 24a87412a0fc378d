// SPDX-License-Identifier: Apache-2.0
import { answering, reply, startUpstream } from '@weir/testing';
import type { Upstream } from '@weir/testing';

/** What was posted. */
export interface Told {
  readonly contentType: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A server that is told things, and remembers them. */
export class ToldServer implements AsyncDisposable {
  readonly told: Told[] = [];
  /** Answers from now on, the last one for good. */
  answers: number[] = [200];
  private upstream: Upstream | undefined;

  static async start(): Promise<ToldServer> {
    const server = new ToldServer();
    server.upstream = await startUpstream(
      answering(({ body, fields }) => {
        const [, contentType = ''] = fields.find(([name]) => name.toLowerCase() === 'content-type') ?? [];
        server.told.push({ contentType, json: JSON.parse(body.toString('utf8')) as Told['json'] });
        const [status = 200] = server.answers.length > 1 ? server.answers.splice(0, 1) : server.answers;
        return reply({ status });
      }),
    );
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.upstream?.port ?? 0}/told`;
  }

  /** Forgets what it was told, and answers so from now on. */
  begin(...answers: readonly number[]): void {
    this.told.length = 0;
    this.answers = [...answers];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.upstream?.[Symbol.asyncDispose]();
  }
}
