// SPDX-License-Identifier: Apache-2.0
import type { RolloutWeb } from '@weir/rollouts/drive';

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
    return jsonFrom(await textOf(response));
  },
};

/** Many times what an instant query of one number is answered with. Whoever may write a Rollout chooses who answers, and how much. */
const MAX_ANSWER_BYTES = 1_048_576;

/** Rejects where there is more of it than anybody has to say; the rest is not waited for. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What is not JSON is not quoted: the answer may be one of somebody else, who did not mean it for a log. */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('its answer is not JSON');
  }
}
