// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '@weir/policy/compile';
import { parseDocuments } from '@weir/policy/documents';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { RolloutState } from '../state/rollout-state.ts';
import { deploymentOffer } from './deployment-offer.ts';
import type { DeploymentFacts } from './deployment-offer.ts';
import { RolloutDesk } from './rollout-desk.ts';
import type { Rollout, RolloutOffer } from './rollout-ports.ts';

const KEY = 'shop/cart';
const TARGET = { namespace: 'shop', name: 'cart' };
const { documents } = parseDocuments(
  `
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: cart, namespace: shop }
spec:
  targetRef: { name: cart }
  revisions: { deployment: { name: cart } }
  rollbackWindow: 0s
  strategy: { canary: { steps: [{ weight: 50 }, { pause: {} }] } }
`,
  'cart.yaml',
);
const DOCUMENT = documents[0] as Rollout;

/** Of a Deployment that has made all Pods of a new revision beside the former ones. */
const FACTS: DeploymentFacts = {
  current: 'bbb',
  replicas: 4,
  revisions: { aaa: { number: 6, replicas: 4 }, bbb: { number: 7, replicas: 4 } },
  ...{ isRecreate: false, isFinished: false, isPaused: false },
};

function resolved(pods: Readonly<Record<string, number>>): ResolvedRollout {
  const findings = { Accepted: { status: 'True', reason: 'Accepted', message: '' } } as const;
  return { document: DOCUMENT, services: undefined, pods, findings, issues: [] };
}

function offerOf(
  facts: DeploymentFacts | 'missing' | undefined,
  {
    pods = { aaa: 4, bbb: 4 },
    isHeld = true,
  }: { readonly pods?: Readonly<Record<string, number>>; readonly isHeld?: boolean } = {},
): RolloutOffer {
  return deploymentOffer(resolved(pods), TARGET, { deployments: () => facts, isHeld: () => isHeld });
}

describe('what a Deployment offers', () => {
  it('is the revision of its present template, with what it can carry', () => {
    expect(offerOf(FACTS)).toMatchObject({ offered: 'bbb', firstStable: 'bbb' });
    expect(offerOf(FACTS).offerNote).toBeUndefined();
    expect(offerOf(FACTS).revisions['bbb']).toEqual({ ready: 4, wanted: 4, maxShare: 10_000, reason: undefined });
  });

  it('is as much as Pods can serve, and says what keeps it from more', () => {
    const waiting = offerOf(FACTS, { pods: { aaa: 4, bbb: 1 } }).revisions['bbb'];
    expect(waiting).toMatchObject({ ready: 1, wanted: 4, maxShare: 2500 });
    expect(waiting?.reason).toBe('The containers of 3 of its 4 Pods are not ready.');
    const few = { ...FACTS, revisions: { ...FACTS.revisions, bbb: { number: 7, replicas: 1 } } };
    const bounded = offerOf(few, { pods: { aaa: 3, bbb: 1 } }).revisions['bbb'];
    expect(bounded).toMatchObject({ ready: 1, wanted: 1, maxShare: 2500 });
    expect(bounded?.reason).toBe(
      'The Deployment makes 1 of 4 Pods of it while the former ones serve: write strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 100%, maxUnavailable: 0 } }.',
    );
    expect(offerOf({ ...FACTS, replicas: 2 }).revisions['bbb']?.maxShare).toBe(10_000);
  });

  it('makes nothing stable of which no Pod has ever served', () => {
    expect(offerOf(FACTS, { pods: { bbb: 0 } })).toMatchObject({
      ...{ offered: 'bbb', firstStable: undefined, offerNote: 'No Pod of Deployment cart can serve yet.' },
    });
  });

  it.each([
    [undefined, 'Deployment cart has not been read yet.'],
    [
      'missing' as const,
      'There is no Deployment cart in namespace shop: make it, or name another one in spec.revisions.deployment.name.',
    ],
    [{ ...FACTS, isPaused: true }, 'Deployment cart is paused: kubectl rollout resume deployment/cart -n shop'],
    [{ ...FACTS, replicas: 0 }, 'Deployment cart is to have no Pods: kubectl scale deployment/cart -n shop --replicas=1'],
    [{ ...FACTS, current: undefined }, 'Kubernetes has not looked at the template of Deployment cart yet.'],
    [
      { ...FACTS, isRecreate: true },
      'Deployment cart ends all Pods before it makes new ones (Recreate), which leaves nothing to divide: write strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 100%, maxUnavailable: 0 } }.',
    ],
  ])('is nothing where it cannot be rolled out, and it is said why: %j', (facts, offerNote) => {
    expect(offerOf(facts)).toMatchObject({ offered: undefined, firstStable: undefined, offerNote });
  });

  it('is nothing before new Pods are held, nor where the Rollout cannot be as it is written', () => {
    const unheld = 'New Pods of Deployment cart are not held yet; if that lasts, weir check --cluster says why.';
    expect(offerOf(FACTS, { isHeld: false })).toMatchObject({ offered: undefined, firstStable: undefined, offerNote: unheld });
    const Accepted = { status: 'False', reason: 'TargetNotFound', message: 'there is no Service' } as const;
    const refused = { ...resolved({}), findings: { Accepted } };
    const offer = deploymentOffer(refused, TARGET, { deployments: () => FACTS, isHeld: () => true });
    expect(offer).toMatchObject({ offered: undefined, offerNote: 'there is no Service.' });
  });

  it('is no more than it has while the Deployment is not known', () => {
    const reason = 'Deployment cart has not been read yet.';
    expect(offerOf(undefined).revisions['bbb']).toEqual({ ready: 4, wanted: 4, maxShare: 0, reason });
  });

  it('has ended where the present template is known, and all is of it', () => {
    expect(offerOf({ ...FACTS, isFinished: true }).isDeploymentFinished).toBe(true);
    expect(offerOf({ ...FACTS, isFinished: true, current: undefined }).isDeploymentFinished).toBe(false);
  });
});

/** A Deployment whose template, Pods and end a test says, and proxies that take everything at once. */
function open() {
  const clock = createManualClock(1_700_000_000_000);
  const known = new Map<string, RolloutState>();
  const seen: { facts: DeploymentFacts; pods: Readonly<Record<string, number>>; isHeld: boolean } = {
    facts: { ...FACTS, current: 'aaa', revisions: { aaa: { number: 6, replicas: 4 } }, isFinished: true },
    ...{ pods: { aaa: 4 }, isHeld: true },
  };
  const state = (): RolloutState | undefined => known.get(KEY);
  const desk = new RolloutDesk({
    clock,
    store: {
      load: () => Promise.resolve(new Map()),
      save: (key, one) => Promise.resolve(one === undefined || known.set(key, one)).then(() => undefined),
    },
    world: {
      rollouts: () => new Map([[KEY, resolved(seen.pods)]]),
      deployments: () => seen.facts,
      isHeld: () => seen.isHeld,
      arrivalOf: () => {
        const step = state()?.split?.step ?? '';
        const told = { rollout: KEY, step, backend: 'shop/cart:80', blown: undefined };
        desk.report('edge', { counts: [], states: [{ ...told, stableInFlight: 0, candidateInFlight: 0 }] });
        return { step, of: 1, acked: 1, waiting: [], refusing: [], gone: [], unheard: [] };
      },
      isConnected: () => true,
      sideOf: () => 'edge',
      onInForce: () => undefined,
    },
    web: { post: () => Promise.resolve(200), get: () => Promise.resolve({}) },
    reconnectMs: 0,
    onNews: () => undefined,
    onNote: () => undefined,
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 250) {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      clock.advance(250);
    }
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  };
  return { desk, seen, state, pass };
}

const NEW_TEMPLATE = { facts: FACTS, pods: { aaa: 4, bbb: 4 } };

describe('a Rollout of a Deployment', () => {
  it('writes down what serves before any template is new, so that its Pods are held', async () => {
    const { desk, seen, state, pass } = open();
    seen.isHeld = false;
    await desk.open();
    desk.start();
    await pass(1000);
    expect(state()).toMatchObject({ phase: 'Stable', waitingFor: 'Revision' });
    expect(state()?.stable).toBeUndefined();
    seen.isHeld = true;
    await pass(1000);
    expect(state()).toMatchObject({ phase: 'Stable', stable: 'aaa', message: 'aaa has all requests.' });
    expect(state()?.split).toBeUndefined();
  });

  it('begins with another template, and says where it cannot carry on', async () => {
    const { desk, seen, state, pass } = open();
    await desk.open();
    desk.start();
    await pass(1000);
    const few = { ...FACTS, revisions: { ...FACTS.revisions, bbb: { number: 7, replicas: 1 } } };
    Object.assign(seen, { facts: few, pods: { aaa: 4, bbb: 1 } });
    await pass(1000);
    expect(state()).toMatchObject({ phase: 'Preparing', stable: 'aaa', candidate: 'bbb', waitingFor: 'Capacity' });
    expect(state()?.message).toMatch(
      /^50 % of the requests wait, as the new revision can carry 25 %: The Deployment makes 1 of 4 /v,
    );
    Object.assign(seen, NEW_TEMPLATE);
    await pass(1000);
    expect(state()?.split).toMatchObject({ stable: 'aaa', candidate: 'bbb' });
    expect(state()?.phase).not.toBe('Preparing');
  });

  it('says after an abort how its Pods go', async () => {
    const { desk, seen, state, pass } = open();
    await desk.open();
    desk.start();
    await pass(1000);
    Object.assign(seen, NEW_TEMPLATE);
    await pass(500);
    const asked = desk.request(KEY, { id: 'one', verb: 'abort', by: 'ada' });
    await pass(1000);
    const command = 'kubectl rollout undo deployment/cart -n shop --to-revision=6';
    expect(await asked).toMatchObject({
      isAccepted: true,
      answer: `All requests go back to stable. The Pods of the new revision go when the Deployment has its former template: ${command}`,
    });
    expect(state()).toMatchObject({ phase: 'Aborted', waitingFor: 'Nothing' });
    expect(state()?.message).toMatch(/Waits for retry, or for another revision\. Its Pods go with: kubectl rollout undo /v);
  });

  it('opens gates once no proxy knows the former Pods, ends with the Deployment, and says then how to go back', async () => {
    const { desk, seen, state, pass } = open();
    await desk.open();
    desk.start();
    await pass(1000);
    Object.assign(seen, NEW_TEMPLATE);
    await pass(1000);
    await desk.request(KEY, { id: 'one', verb: 'promote', by: 'ada', isFull: true });
    await pass(1000);
    expect(state()).toMatchObject({ phase: 'Retiring', openGates: true, waitingFor: 'Deployment' });
    const command = 'kubectl rollout undo deployment/cart -n shop --to-revision=6';
    const early = await desk.request(KEY, { id: 'two', verb: 'undo', by: 'ada' });
    expect(early?.answer).toBe(`The former revision has been taken away. To go back: ${command} (that is a rollout of its own)`);
    Object.assign(seen, { facts: { ...FACTS, isFinished: true }, pods: { bbb: 4 } });
    await pass(1000);
    expect(state()).toMatchObject({ phase: 'Stable', stable: 'bbb', completed: { revision: 'bbb', former: 'aaa' } });
    const late = await desk.request(KEY, { id: 'three', verb: 'undo', by: 'ada' });
    expect(late).toMatchObject({
      ...{ isAccepted: false, answer: `No rollout is under way. To go back: ${command} (that is a rollout of its own)` },
    });
    Object.assign(seen, { facts: { ...FACTS, revisions: { bbb: { number: 7, replicas: 4 } }, isFinished: true } });
    await pass(250);
    const gone = await desk.request(KEY, { id: 'four', verb: 'abort', by: 'ada' });
    expect(gone?.answer).toMatch(/ aaa has no ReplicaSet any more: write its template anew /v);
  });
});
