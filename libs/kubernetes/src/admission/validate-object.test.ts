// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Admission, AdmissionRequest } from './admission-review.ts';
import { validateObject } from './validate-object.ts';

const ADMITTED = { kind: 'admitted' };

const targetRefs = [{ group: '', kind: 'Service', name: 'cart' }];

const policy = (spec: object, metadata: object = {}): object => ({
  ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'AccessPolicy', metadata: { name: 'p', namespace: 'shop', ...metadata } },
  spec: { targetRefs, ...spec },
});

const rules = (...conditions: readonly object[]): object => ({
  authorization: { rules: conditions.map((fields, index) => ({ name: `r${index}`, action: 'Allow', ...fields })) },
});

const jwt = (jwks: object): object => ({
  authentication: { methods: [{ name: 'm', jwt: { issuer: 'https://issuer.example', audiences: ['a'], jwks } }] },
});

function verdict(object: unknown, fields: Partial<AdmissionRequest> = {}): Admission {
  return validateObject({ uid: 'u', operation: 'CREATE', object, ...fields });
}

const BAD = policy(rules({ cel: '(' }));

describe('what is refused', () => {
  it.each([
    ['an expression', rules({ cel: 'request.methud == "GET"' }), /^weir: spec\.authorization\.rules\[0\]\.cel .*did you mean/v],
    ['a range of addresses', { addresses: { deny: ['10.0.0.0/99'] } }, /spec\.addresses\.deny\[0\].*is neither an IP address/v],
    ['a field that is not known', { mod: 'Shadow' }, /did you mean `mode`/v],
    ['a key set', jwt({ inline: '{}' }), /jwks\.inline has no keys/v],
    ['where a key set is', jwt({ uri: 'http://issuer.example/jwks.json' }), /jwks\.uri cannot be fetched/v],
    ['a regular expression', rules({ paths: [{ type: 'RegularExpression', value: '/a(?=b)' }] }), /paths\[0\]\.value/v],
  ])('%s', (_, spec, message) => {
    expect(verdict(policy(spec))).toEqual({ kind: 'refused', message: expect.stringMatching(message) });
  });

  it('is told all at once', () => {
    const found = verdict(policy(rules({ cel: '(' }, { cel: '1' })));
    expect(found.kind === 'refused' && found.message).toMatch(/^weir: 2 problems\n- spec.*rules\[0\].*\n- spec.*rules\[1\]/v);
  });

  it('is a step of a Rollout that waits for conditions which there are not', () => {
    const rollout = (steps: readonly object[]): object => ({
      ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'cart', namespace: 'shop' } },
      spec: {
        targetRef: { name: 'not-there-yet' },
        revisions: { services: { stable: 'v1', candidate: 'v2' } },
        strategy: { canary: { steps } },
      },
    });
    expect(verdict(rollout([{ weight: 5 }]))).toEqual(ADMITTED);
    expect(verdict(rollout([{ analysis: { for: '5m' } }]))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('waits for conditions, and spec.analysis has none') as unknown,
    });
  });

  it.each([
    ['Services in the place of a Deployment', { deployment: { name: 'cart' } }, { services: { stable: 'v1', candidate: 'v2' } }],
    ['a Deployment in the place of Services', { services: { stable: 'v1', candidate: 'v2' } }, { deployment: { name: 'cart' } }],
    ['another Deployment', { deployment: { name: 'cart' } }, { deployment: { name: 'shop' } }],
  ])('is what revisions are, where a state names those of before: %s', (_, before, revisions) => {
    const [oldObject, object] = [before, revisions].map(one => ({
      ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'cart', namespace: 'shop' } },
      spec: { targetRef: { name: 'cart' }, revisions: one, strategy: { canary: { steps: [{ weight: 5 }] } } },
    }));
    expect(verdict(object, { operation: 'UPDATE', oldObject })).toEqual({
      kind: 'refused',
      message: expect.stringMatching(
        /^weir: spec\.revisions: revisions cannot change between .*delete this Rollout when it is Stable, and create another one$/v,
      ) as unknown,
    });
    expect(verdict(object)).toEqual(ADMITTED);
  });

  it('is another Service of a Rollout, to which the revisions of the former one would be given', () => {
    const [oldObject, object] = ['cart', 'stock'].map(name => ({
      ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'cart', namespace: 'shop' } },
      spec: {
        targetRef: { name },
        revisions: { services: { stable: 'v1', candidate: 'v2' } },
        strategy: { canary: { steps: [{ weight: 5 }] } },
      },
    }));
    expect(verdict(object, { operation: 'UPDATE', oldObject })).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(
        /^weir: spec\.targetRef: targetRef cannot name another Service.*create another one$/v,
      ) as unknown,
    });
    expect(verdict(object)).toEqual(ADMITTED);
  });

  it('is a duration of a TrafficPolicy', () => {
    const object = { ...policy({ timeouts: { request: '1 hour' } }), kind: 'TrafficPolicy' };
    expect(verdict(object)).toMatchObject({ kind: 'refused', message: expect.stringContaining('spec.timeouts.request') });
  });
});

describe('what is admitted', () => {
  it.each([
    ['a target that is not there', policy({ authorization: { defaultAction: 'Deny' } })],
    [
      'a secret that is not there',
      policy({ authentication: { methods: [{ name: 'k', apiKey: { from: [{ header: 'x-key' }] } }] } }),
    ],
    ['a key set in a Secret that is not there', policy(jwt({ secretRef: { name: 's', key: 'k' } }))],
    ["a version of Weir's kinds that is not known", { ...BAD, apiVersion: 'weir.dev/v1' }],
    ["a kind of Weir's group that is not known", { ...BAD, kind: 'CachePolicy' }],
    ['a kind of the Gateway API, however wrong', { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', spec: { x: 1 } }],
    ['what is no object', null],
  ])('%s', (_, object) => {
    expect(verdict(object)).toEqual(ADMITTED);
  });

  it('is what an earlier version let in, as long as its spec stays, and what is being deleted', () => {
    const labelled = policy(rules({ cel: '(' }), { labels: { team: 'a' } });
    expect(verdict(labelled, { operation: 'UPDATE', oldObject: BAD })).toEqual(ADMITTED);
    expect(verdict(BAD, { operation: 'UPDATE', oldObject: policy({}) })).toMatchObject({ kind: 'refused' });
    const leaving = policy(rules({ cel: '(' }), { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(verdict(leaving, { operation: 'UPDATE', oldObject: policy({}) })).toEqual(ADMITTED);
    expect(verdict(BAD, { operation: 'DELETE' })).toEqual(ADMITTED);
  });
});

it('has an answer to everything', () => {
  const kinds = fc.constantFrom('AccessPolicy', 'TrafficPolicy', 'Consumer', 'Other');
  fc.assert(
    fc.property(kinds, fc.jsonValue(), fc.jsonValue(), (kind, metadata, spec) => {
      const object = { apiVersion: 'weir.dev/v1alpha1', kind, metadata, spec };
      expect(['admitted', 'refused']).toContain(verdict(object).kind);
    }),
  );
});
