// SPDX-License-Identifier: Apache-2.0
import type { ApiConnection, ApiRequest } from '../api/api-connection.ts';
import { ApiError } from '../api/cluster-api.ts';

/** An API server of a test that answers by path, and remembers what it was asked. */
export class ScriptedApi implements Pick<ApiConnection, 'ask'> {
  /** By path, what GET answers; an Error is thrown, of whatever method. */
  readonly answers = new Map<string, unknown>();
  readonly patches: { readonly path: string; readonly body: unknown; readonly contentType: string | undefined }[] = [];
  readCount = 0;
  /** Called with each patch that takes effect. */
  onPatch: (path: string, body: unknown) => void = () => undefined;

  async ask({ method, path, body, contentType, signal }: ApiRequest): Promise<string> {
    await Promise.resolve();
    signal.throwIfAborted();
    const answer = this.answers.get(path);
    if (answer instanceof Error) throw answer;
    if (method === 'PATCH') {
      const sent: unknown = JSON.parse(body ?? '');
      this.patches.push({ path, body: sent, contentType });
      this.onPatch(path, sent);
      return '{}';
    }
    this.readCount += 1;
    if (answer === undefined) throw new ApiError(404, { reason: 'NotFound', message: 'none' });
    return JSON.stringify(answer);
  }
}

/** Lets time pass in small parts, and what is asked of the API be answered in each. */
export async function passTime(clock: { readonly advance: (ms: number) => unknown }, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 50) {
    await settle();
    clock.advance(50);
  }
  await settle();
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
