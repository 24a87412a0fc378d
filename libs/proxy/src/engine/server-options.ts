// SPDX-License-Identifier: Apache-2.0
import { HeaderList, Ways } from '@weir/base';
import type { RequestHead, Verdict } from '@weir/base';
import { failingDispatch } from './failing-dispatch.ts';
import type { RuleTarget } from './rule-runtime.ts';

/** Path of a request about the server as a whole and not about anything on it: `OPTIONS *`. No route has it. */
const SERVER_WIDE_PATH = '*';

/** Whether a request asks about the server as a whole (RFC 9112 §3.2.4): by its method and its target as written. */
export function isServerWide({ method, target }: { readonly method: string; readonly target: string }): boolean {
  return method === 'OPTIONS' && target === SERVER_WIDE_PATH;
}

/** Whether a request was read as one about the server as a whole. */
export function hasServerWidePath({ path }: RequestHead): boolean {
  return path === SERVER_WIDE_PATH;
}

/**
 * Answers `OPTIONS *`, a ping for all that clients make of it (RFC 9110 §9.3.7). Routes are matched by path, which it does not
 * have, so that no backend can be meant; and which methods there are, each route says for itself.
 */
export const SERVER_OPTIONS: RuleTarget = {
  label: '',
  filters: [
    {
      onRequest: (): Verdict => ({
        kind: 'reply',
        response: { status: 204, headers: new HeaderList(), contentLength: 0 },
        body: '',
      }),
    },
  ],
  dispatch: failingDispatch('internal', 'OPTIONS * is answered here'),
  priority: () => 'critical',
  ways: new Ways(),
};
