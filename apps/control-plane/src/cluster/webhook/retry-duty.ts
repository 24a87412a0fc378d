// SPDX-License-Identifier: Apache-2.0
import { HOLD_WEBHOOK } from '@weir/kubernetes';
import type { ApiConnection } from '@weir/kubernetes';
import type { Duty } from '../duty.ts';
import { retryRefused } from './retry-refused.ts';

/** Those that API servers make no Pod without; the first is of the chart. */
const WEBHOOKS = ['injection.weir.dev', HOLD_WEBHOOK];
const LOOK_MS = 5_000;
/** A replica leads anew after everybody was away, and until API servers reach it some seconds go by: for a minute it looks often. */
const EAGER_LOOKS = 12;
/** Afterwards every five minutes: a list of all events costs an API server something. */
const EVERY_LOOK = 60;

/** Of one term: Pods that were refused while nobody answered at the webhook are made as soon as somebody does. */
export function createRetryDuty(connection: Pick<ApiConnection, 'ask'>, onNote: (text: string) => void): Duty {
  let looks = 0;
  return {
    name: 'who was refused pods cannot be told to try again',
    againMs: LOOK_MS,
    run: async signal => {
      looks += 1;
      if (looks > EAGER_LOOKS && looks % EVERY_LOOK !== 0) return;
      const { woken, failures } = await retryRefused({ connection, webhooks: WEBHOOKS, signal });
      if (woken.length > 0) {
        onNote(`pods were refused while nobody answered at the webhook, and are tried again: ${woken.join(', ')}`);
      }
      if (failures.length > 0) throw new Error(failures.join('; '));
    },
  };
}
