// SPDX-License-Identifier: Apache-2.0
import type { RolloutWeb } from '@weir/rollouts/drive';
import { parseJson } from '../state/parse-json.ts';

/** Of an answer that is one number; whoever writes a Rollout names who gives it. */
const MAX_ANSWER_BYTES = 1_048_576;

/** Calls to URLs that documents name. Redirects are not followed: they would lead where nobody wrote. */
export const webCalls: RolloutWeb = {
  post: async (url, body, { contentType, timeoutMs }) => {
    const response = await fetch(url, {
      ...{ method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': contentType } },
      ...{ redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) },
    });
    await response.body?.cancel();
    return response.status;
  },
  get: async (url, timeoutMs) => {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`it answers ${response.status}`);
    }
    const answer = parseJson(await textOf(response));
    // Words of a parser would bring what was answered into the log.
    if (answer === undefined) throw new Error('it does not answer JSON');
    return answer;
  },
};

async function textOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    // Leaving the loop ends the answer.
    if (length > MAX_ANSWER_BYTES) throw new Error(`it answers more than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
