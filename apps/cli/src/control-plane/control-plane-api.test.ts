// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { ANALYSED } from '../rollouts/sample-views.ts';
import { ApiClient, ApiRefusal } from './api-client.ts';
import { ControlPlaneApi } from './control-plane-api.ts';

/** A replica with one answer to everything. */
class OneAnswer extends ApiClient {
  private readonly answer: unknown;

  constructor(answer: unknown) {
    super({ url: 'http://127.0.0.1:1', token: '' });
    this.answer = answer;
  }

  override ask<Answer>(): Promise<Answer> {
    return this.answer instanceof ApiRefusal ? Promise.reject(this.answer) : Promise.resolve(this.answer as Answer);
  }
}

const answers = (answer: unknown) => new OneAnswer(answer);
const refuses = (status: number, words: string) => new OneAnswer(new ApiRefusal(status, words));

function apiOf(first: ApiClient, ...others: readonly ApiClient[]): ControlPlaneApi {
  return new ControlPlaneApi([first, ...others], new DisposableStack());
}

it('asks another replica of Rollouts where one cannot say', async () => {
  const away = refuses(503, 'no replica drives Rollouts at present');
  expect(await apiOf(away, answers([ANALYSED])).rollouts()).toEqual([ANALYSED]);
  expect(await apiOf(away, answers(ANALYSED)).findRollout({ path: '/rollouts/shop/cart' })).toEqual(ANALYSED);
  await expect(apiOf(away, refuses(503, 'nor does another')).rollouts()).rejects.toThrow('no replica drives');
});

it('asks no other one where one says that there is none', async () => {
  const missing = refuses(404, 'there is no Rollout');
  expect(await apiOf(missing, answers(ANALYSED)).findRollout({ path: '/rollouts/shop/cart' })).toBeUndefined();
});
