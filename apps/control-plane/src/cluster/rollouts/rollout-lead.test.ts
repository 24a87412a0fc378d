// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { StoreTerm } from './cluster-rollout-store.ts';
import { RolloutLead } from './rollout-lead.ts';

function open() {
  const said: string[] = [];
  let term: StoreTerm | undefined;
  let load = (): Promise<void> => Promise.resolve();
  const desk = {
    isDriving: false,
    open: () => {
      said.push('open');
      return load();
    },
    start: () => {
      said.push('start');
      desk.isDriving = true;
    },
    adopt: (key: string) => void said.push(`adopt ${key}`),
    stop: () => {
      said.push('stop');
      desk.isDriving = false;
    },
  };
  const lead = new RolloutLead({
    ...{ desk, documentOf: () => undefined, isLeading: () => true, onNote: text => void said.push(text) },
    store: { audit: () => Promise.resolve(), lead: begun => void (term = begun) },
  });
  const failWith = (reason: Error | undefined): void => {
    load = () => (reason === undefined ? Promise.resolve() : Promise.reject(reason));
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return { lead, said, failWith, settle, beaten: () => term?.onBeaten('shop/cart', undefined) };
}

describe('who leads Rollouts', () => {
  it('reads what there is before it drives, and ends with its term', async () => {
    const { lead, said, settle } = open();
    const term = new AbortController();
    lead.lead(term.signal);
    await settle();
    await lead.drive(term.signal);
    expect(said).toEqual(['open', 'start']);
    term.abort();
    expect(said).toEqual(['open', 'start', 'stop']);
  });

  it('drives nothing until it could read it', async () => {
    const { lead, said, failWith, settle } = open();
    const term = new AbortController();
    failWith(new Error('the API server is away'));
    lead.lead(term.signal);
    await settle();
    expect(said).toEqual(['open', 'Rollouts are not driven, as their states cannot be read: the API server is away']);
    failWith(undefined);
    await lead.drive(term.signal);
    expect(said.slice(2)).toEqual(['open', 'start']);
    term.abort();
  });

  it('goes on from what somebody else has written, and leaves other Rollouts alone', async () => {
    const { lead, said, settle, beaten } = open();
    const term = new AbortController();
    lead.lead(term.signal);
    await settle();
    beaten();
    await lead.drive(term.signal);
    expect(said).toEqual(['open', 'start', 'adopt shop/cart']);
    term.abort();
  });

  it('does not begin when its term has ended while it was reading', async () => {
    const { lead, said, settle } = open();
    const term = new AbortController();
    lead.lead(term.signal);
    term.abort();
    await settle();
    expect(said).toEqual(['open', 'stop']);
  });
});
