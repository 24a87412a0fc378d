// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { HoldConfiguration } from './hold-configuration.ts';
import { passTime, ScriptedApi } from './scripted-api.ts';

const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/weir-rollouts';

interface Stored {
  readonly metadata: { readonly resourceVersion: string };
  readonly webhooks?: unknown;
}

function open() {
  const [api, clock] = [new ScriptedApi(), createManualClock()];
  const state = { deployments: new Set(['shop/cart']), caBundle: 'Q0E=' };
  const notes: string[] = [];
  const configuration = new HoldConfiguration({
    ...{ connection: api, clock, random: createScriptedRandom(0.5), onNote: (text: string) => void notes.push(text) },
    deployments: () => state.deployments,
    clientConfig: () => ({ url: 'https://127.0.0.1/hold', caBundle: state.caBundle }),
  });
  let version = 1;
  const store = (webhooks?: unknown): void => {
    version += 1;
    api.answers.set(PATH, { metadata: { resourceVersion: String(version) }, ...(webhooks === undefined ? {} : { webhooks }) });
  };
  store();
  api.onPatch = (_, body) => {
    const [test, add] = body as readonly { readonly value: unknown }[];
    expect(test?.value).toBe((api.answers.get(PATH) as Stored).metadata.resourceVersion);
    store(add?.value);
  };
  const pass = (ms: number): Promise<void> => passTime(clock, ms);
  const webhooks = (): readonly Readonly<Record<string, unknown>>[] => {
    const { webhooks: found = [] } = api.answers.get(PATH) as Stored;
    return found as readonly Readonly<Record<string, unknown>>[];
  };
  return { api, configuration, state, notes, store, pass, webhooks };
}

describe('the configuration of the webhook that holds Pods back', () => {
  it('asks about the Deployments of Rollouts alone, and holds two seconds after it was written', async () => {
    const { api, configuration, pass, webhooks } = open();
    configuration.lead(new AbortController().signal);
    await pass(100);
    expect(webhooks()).toMatchObject([
      {
        ...{ name: 'rollouts.weir.dev', failurePolicy: 'Fail', sideEffects: 'None' },
        clientConfig: { url: 'https://127.0.0.1/hold', caBundle: 'Q0E=' },
        namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop'] }] },
        matchConditions: [{ expression: expect.stringContaining('in ["shop/cart"]') as unknown }],
      },
    ]);
    expect(configuration.isHeld('shop', 'cart')).toBe(false);
    await pass(2_000);
    expect(configuration.isHeld('shop', 'cart')).toBe(true);
    expect(configuration.isHeld('shop', 'other')).toBe(false);
    configuration.touch();
    await pass(100);
    expect(api.patches).toHaveLength(1);
    expect(api.readCount).toBe(1);
  });

  it('follows Deployments without letting go of those that stay', async () => {
    const { configuration, state, pass, webhooks } = open();
    configuration.lead(new AbortController().signal);
    await pass(3_000);
    state.deployments = new Set(['shop/cart', 'edge/door']);
    configuration.touch();
    await pass(100);
    expect(configuration.isHeld('shop', 'cart')).toBe(true);
    expect(configuration.isHeld('edge', 'door')).toBe(false);
    await pass(2_000);
    expect(configuration.isHeld('edge', 'door')).toBe(true);
    state.deployments = new Set(['edge/door']);
    configuration.touch();
    await pass(100);
    expect(configuration.isHeld('shop', 'cart')).toBe(false);
    state.deployments = new Set();
    configuration.touch();
    await pass(100);
    expect(webhooks()).toEqual([]);
  });

  it('has as many entries as names of Deployments need', async () => {
    const { configuration, state, pass, webhooks } = open();
    const names = Array.from({ length: 4_000 }, (_, index) => `namespace-${index}/deployment-${index}`);
    state.deployments = new Set(names);
    configuration.lead(new AbortController().signal);
    await pass(100);
    expect(webhooks().map(({ name }) => name)).toEqual([...['rollouts.weir.dev', '2.rollouts.weir.dev', '3.rollouts.weir.dev']]);
    const expressions = webhooks().map(({ matchConditions }) => JSON.stringify(matchConditions));
    for (const name of names) expect(expressions.filter(text => text.includes(`\\"${name}\\"`))).toHaveLength(1);
    expect(Math.max(...expressions.map(text => text.length))).toBeLessThan(100_000);
  });

  it('is written anew where somebody changed it, and counts from then on', async () => {
    const { configuration, pass, store, webhooks } = open();
    configuration.lead(new AbortController().signal);
    await pass(3_000);
    store([]);
    await pass(2_100);
    expect(webhooks()).toHaveLength(1);
    expect(configuration.isHeld('shop', 'cart')).toBe(false);
    await pass(2_000);
    expect(configuration.isHeld('shop', 'cart')).toBe(true);
  });

  it('has another authority as soon as that is another', async () => {
    const { configuration, state, pass, webhooks } = open();
    configuration.lead(new AbortController().signal);
    await pass(3_000);
    state.caBundle = 'TkVX';
    configuration.touch();
    await pass(100);
    expect(webhooks()).toMatchObject([{ clientConfig: { caBundle: 'TkVX' } }]);
    expect(configuration.isHeld('shop', 'cart')).toBe(true);
  });

  it('is not made where the chart made none, and nothing is held then', async () => {
    const { api, configuration, pass, notes } = open();
    api.answers.delete(PATH);
    configuration.lead(new AbortController().signal);
    await pass(31_000);
    expect(configuration.isHeld('shop', 'cart')).toBe(false);
    expect(api.patches).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('helm upgrade with rollouts.enabled=true')]);
  });

  it('is tried again where it cannot be written', async () => {
    const { api, configuration, pass, notes, store, webhooks } = open();
    api.answers.set(PATH, new Error('forbidden'));
    configuration.lead(new AbortController().signal);
    await pass(100);
    expect(notes).toEqual(['MutatingWebhookConfiguration weir-rollouts cannot be written, and is tried again: forbidden']);
    store();
    await pass(1_000);
    expect(webhooks()).toHaveLength(1);
  });

  it('holds nothing by what is known here once another replica leads', async () => {
    const { configuration, pass } = open();
    const term = new AbortController();
    configuration.lead(term.signal);
    await pass(3_000);
    term.abort();
    expect(configuration.isHeld('shop', 'cart')).toBe(false);
    configuration.lead(new AbortController().signal);
    await pass(2_100);
    expect(configuration.isHeld('shop', 'cart')).toBe(true);
  });
});
