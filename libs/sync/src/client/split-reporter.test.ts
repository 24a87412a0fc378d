// SPDX-License-Identifier: Apache-2.0
import type { SplitReport } from '@weir/policy/snapshot';
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import { SplitReporter } from './split-reporter.ts';

const reportOf = (step: string): SplitReport => ({
  counts: [],
  states: [{ rollout: 'shop/cart', step, backend: 'shop/cart:80', stableInFlight: 0, candidateInFlight: 0, blown: undefined }],
});

/** A proxy that answers when it is told to, and a control plane that writes down what it hears. */
function start() {
  const clock = createManualClock();
  const asked: PromiseWithResolvers<SplitReport | undefined>[] = [];
  const heard: string[] = [];
  const client = {
    isConnected: true,
    reportSplits: ({ states }: SplitReport) => {
      if (client.isConnected) heard.push(states[0]?.step ?? 'none');
      return client.isConnected;
    },
  };
  const take = () => {
    const asking = Promise.withResolvers<SplitReport | undefined>();
    asked.push(asking);
    return asking.promise;
  };
  const reporter = new SplitReporter({ clock, client, take });
  /** Answers what was asked last, and lets that be heard. */
  const answer = async (report: SplitReport | undefined): Promise<void> => {
    asked.at(-1)?.resolve(report);
    await asked.at(-1)?.promise;
  };
  return { clock, asked, heard, client, reporter, answer };
}

it('tells what was seen, once a second', async () => {
  const { clock, asked, heard, answer } = start();
  clock.advance(999);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  await answer(reportOf('1'));
  clock.advance(1_000);
  await answer(reportOf('2'));
  expect([asked.length, heard]).toEqual([2, ['1', '2']]);
});

it('tells nothing where there is no split', async () => {
  const { clock, asked, heard, answer } = start();
  clock.advance(1_000);
  await answer(undefined);
  clock.advance(1_000);
  expect([asked.length, heard]).toEqual([2, []]);
});

it('tells once that there is no split any more, as soon as somebody can be told', async () => {
  const { clock, heard, client, answer } = start();
  clock.advance(1_000);
  await answer(reportOf('1'));
  clock.advance(1_000);
  client.isConnected = false;
  await answer(undefined);
  client.isConnected = true;
  for (let turn = 0; turn < 3; turn++) {
    clock.advance(1_000);
    await answer(undefined);
  }
  expect(heard).toEqual(['1', 'none']);
});

it('leaves at the proxy what was seen while nobody can be told', async () => {
  const { clock, asked, heard, client, answer } = start();
  client.isConnected = false;
  clock.advance(3_000);
  expect(asked).toHaveLength(0);
  client.isConnected = true;
  clock.advance(1_000);
  await answer(reportOf('1'));
  expect(heard).toEqual(['1']);
});

it('does not ask again before it has its answer', async () => {
  const { clock, asked, heard, answer } = start();
  clock.advance(3_000);
  expect(asked).toHaveLength(1);
  await answer(reportOf('1'));
  clock.advance(1_000);
  expect([asked.length, heard]).toEqual([2, ['1']]);
});

it('goes on after a failure', async () => {
  const { clock, asked, heard, answer } = start();
  clock.advance(1_000);
  asked[0]?.reject(new Error('the thread ended'));
  await asked[0]?.promise.catch(() => undefined);
  clock.advance(1_000);
  await answer(reportOf('2'));
  expect(heard).toEqual(['2']);
});

it('is silent when it is closed', () => {
  const { clock, asked, reporter } = start();
  reporter.close();
  clock.advance(5_000);
  expect(asked).toHaveLength(0);
});
