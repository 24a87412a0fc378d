// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { createRetryDuty } from './retry-duty.ts';

it('looks often at first, and rarely afterwards', async () => {
  let looks = 0;
  const connection = {
    ask: () => {
      looks += 1;
      return Promise.resolve('{"items":[]}');
    },
  };
  const duty = createRetryDuty(connection, () => undefined);
  const term = AbortSignal.any([]);
  for (let run = 0; run < 12; run += 1) await duty.run(term);
  expect(looks).toBe(12);
  for (let run = 0; run < 108; run += 1) await duty.run(term);
  expect(looks).toBe(14);
});

it('tells whom it has woken', async () => {
  const refusal = (kind: string, name: string, webhook: string): object => ({
    ...{ metadata: {}, involvedObject: { kind, namespace: 'shop', name } },
    ...{ message: `failed calling webhook "${webhook}"`, lastTimestamp: '2026-01-01T00:00:00Z' },
  });
  const items = [refusal('Job', 'report', 'injection.weir.dev'), refusal('ReplicaSet', 'cart-7', '2.rollouts.weir.dev')];
  const connection = {
    ask: ({ path }: { readonly path: string }) =>
      Promise.resolve(JSON.stringify(path.includes('/events') ? { items } : { metadata: {}, spec: {} })),
  };
  const notes: string[] = [];
  await createRetryDuty(connection, text => void notes.push(text)).run(AbortSignal.any([]));
  expect(notes).toEqual([
    'pods were refused while nobody answered at the webhook, and are tried again: Job shop/report, ReplicaSet shop/cart-7',
  ]);
});
