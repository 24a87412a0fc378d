// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { specOf } from '../advance/walk/rollout-lab.ts';
import type { RolloutNews } from '../advance/rollout-news.ts';
import { initialState } from '../state/rollout-state.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { GateDesk } from './gate-desk.ts';
import { Notifier } from './notifier.ts';
import { QueryDesk } from './query-desk.ts';
import type { Rollout, RolloutWeb } from './rollout-ports.ts';

let clock: ManualClock;
let notes: string[];
let sent: { readonly url: string; readonly body: unknown; readonly contentType: string }[];
/** What is answered next; 0 = nobody answers. */
let status = 200;

const post: RolloutWeb['post'] = (url, body, { contentType }) => {
  sent.push({ url, body, contentType });
  return status === 0 ? Promise.reject(new Error('nobody there')) : Promise.resolve(status);
};

function ports() {
  return { clock, post, onNote: (text: string) => void notes.push(text) };
}

function documentWith(spec: Partial<Rollout['spec']>): Rollout {
  const head = {
    kind: 'Rollout',
    apiVersion: 'weir.dev/v1alpha1',
    namespace: 'shop',
    name: 'cart',
    createdMs: 0,
    generation: 1,
  } as const;
  const source = { label: 'a.yaml:1', locate: () => ({ file: 'a.yaml', line: 1, column: 1 }) };
  return {
    ...head,
    labels: {},
    annotations: {},
    source,
    hash: '',
    spec: { ...specOf({ strategy: { shadow: { percent: 100 } } }), ...spec },
  };
}

/** What follows from promises that are settled has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

beforeEach(() => {
  clock = createManualClock(0);
  [notes, sent, status] = [[], [], 200];
});

describe('gates', () => {
  const gates = [{ name: 'tests', url: 'http://ci/go', before: 'Start', timeout: '10s' }] as const;
  const asking: RolloutState = { ...initialState(), gates: { id: '1/0', index: 0, waiting: ['tests'] } };
  const document = documentWith({ gates: [...gates] });

  it('are asked once, and what they answer stays', async () => {
    const desk = new GateDesk(ports());
    expect(desk.answersTo('shop/cart', { document, state: asking })).toEqual({ id: '1/0', answers: {} });
    await settle();
    expect(desk.answersTo('shop/cart', { document, state: asking })).toEqual({ id: '1/0', answers: { tests: 'yes' } });
    clock.advance(60_000);
    desk.answersTo('shop/cart', { document, state: asking });
    expect(sent).toMatchObject([{ url: 'http://ci/go', body: { rollout: 'shop/cart', before: 'step 0' } }]);
  });

  it.each([
    [403, 'no'],
    [503, undefined],
    [0, undefined],
  ])('that answer %i say %s', async (answered, said) => {
    status = answered;
    const desk = new GateDesk(ports());
    desk.answersTo('shop/cart', { document, state: asking });
    await settle();
    expect(desk.answersTo('shop/cart', { document, state: asking })?.answers['tests']).toBe(said);
    clock.advance(20_000);
    desk.answersTo('shop/cart', { document, state: asking });
    expect(sent).toHaveLength(said === undefined ? 2 : 1);
    expect(notes).toEqual(answered === 0 ? ['gate tests does not answer, and is asked again: http://ci: nobody there'] : []);
  });

  it('that do not answer are told once, and again only for another reason or after an answer', async () => {
    const desk = new GateDesk(ports());
    const askFor = async (times: number, answered: number): Promise<void> => {
      status = answered;
      for (let time = 0; time < times; time++) {
        desk.answersTo('shop/cart', { document, state: asking });
        await settle();
        clock.advance(20_000);
      }
    };
    await askFor(50, 0);
    expect([sent.length, notes.length]).toEqual([50, 1]);
    await askFor(1, 503);
    await askFor(2, 0);
    expect([sent.length, notes.length]).toEqual([53, 2]);
  });

  it('that nobody waits for are not asked', () => {
    const desk = new GateDesk(ports());
    expect(desk.answersTo('shop/cart', { document, state: initialState() })).toBeUndefined();
    expect(sent).toEqual([]);
  });
});

describe('who is told', () => {
  const document = documentWith({ notifications: [{ url: 'http://chat/hook/secret' }] });
  const news = (id: string): RolloutNews => ({
    ...{ id, type: 'Promoted', words: 'all is v2', by: 'ada', atMs: 0, stable: 'v1', candidate: 'v2' },
  });

  it('is sent CloudEvents, one after the other', async () => {
    const notifier = new Notifier(ports());
    notifier.tell('shop/cart', document, news('1'));
    notifier.tell('shop/cart', document, news('2'));
    await settle();
    expect(sent.map(({ body }) => body)).toMatchObject([
      { specversion: '1.0', id: 'shop/cart/1', type: 'dev.weir.rollout.Promoted', data: { by: 'ada', message: 'all is v2' } },
      { id: 'shop/cart/2' },
    ]);
    expect(sent[0]?.contentType).toBe('application/cloudevents+json');
  });

  it('is told again while nobody answers, and then given up', async () => {
    status = 0;
    const notifier = new Notifier(ports());
    notifier.tell('shop/cart', document, news('1'));
    for (let second = 0; second < 10; second++) {
      await settle();
      clock.advance(1000);
    }
    await settle();
    expect(sent).toHaveLength(4);
    // What is behind the server is often all that it takes to write there.
    expect(notes).toEqual(['http://chat was not told: dev.weir.rollout.Promoted']);
  });
});

describe('values of queries', () => {
  it('are asked for while somebody looks, and are good for a minute', async () => {
    let answer: unknown = { data: { result: [{ value: [0, '0.25'] }] } };
    let [asked, step] = [0, '1'];
    const get: RolloutWeb['get'] = url => {
      asked++;
      expect(url).toBe('http://p:9090/api/v1/query?query=a%20%2B%20b');
      return answer === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(answer);
    };
    const desk = new QueryDesk({ ...ports(), get });
    const value = (): number | undefined => desk.valueOf({ rollout: 'shop/cart', step }, 'http://p:9090/', 'a + b');
    expect(value()).toBeUndefined();
    await settle();
    expect([value(), asked]).toEqual([0.25, 1]);
    answer = { data: { result: [0, '7'] } };
    clock.advance(10_000);
    value();
    await settle();
    expect(value()).toBe(7);
    answer = { data: { result: [{ value: [0, '+Inf'] }] } };
    step = '2';
    // What was measured before this step says nothing of it.
    expect(value()).toBeUndefined();
    await settle();
    expect(value()).toBe(Infinity);
    answer = undefined;
    clock.advance(61_000);
    expect(value()).toBeUndefined();
    await settle();
    expect(notes).toEqual(['Prometheus at http://p:9090 gives no value: gone']);
  });

  it('that cannot be had are told once for each reason, and again after there was an answer', async () => {
    let reason: string | undefined = 'gone';
    const get: RolloutWeb['get'] = () =>
      reason === undefined ? Promise.resolve({ data: { result: [0, '1'] } }) : Promise.reject(new Error(reason));
    const desk = new QueryDesk({ ...ports(), get });
    for (const next of ['gone', 'gone', 'refused', 'refused', undefined, 'refused']) {
      reason = next;
      desk.valueOf({ rollout: 'shop/cart', step: '1' }, 'http://me:secret@p:9090/tenant?key=secret', 'a');
      await settle();
      clock.advance(10_000);
    }
    expect(notes).toEqual(['gone', 'refused', 'refused'].map(why => `Prometheus at http://p:9090 gives no value: ${why}`));
  });

  it('are not kept once nobody looks at them', async () => {
    const get: RolloutWeb['get'] = () => Promise.resolve({ data: { result: [0, '1'] } });
    const desk = new QueryDesk({ ...ports(), get });
    for (let other = 0; other < 100; other++) {
      desk.valueOf({ rollout: 'shop/cart', step: '1' }, 'http://p:9090', `a + ${other}`);
      await settle();
      clock.advance(10_000);
    }
    expect(desk.size).toBeLessThan(10);
  });
});
