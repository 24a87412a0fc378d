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
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    return response.json();
  },
};
