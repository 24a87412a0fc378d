// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { formatAdmission, parseAdmissionReview } from './admission-review.ts';
import { admitPod } from './admit-pod.ts';

const SETTINGS = {
  image: 'weir:1',
  controlPlane: 'cp:15010',
  trustDomain: 'weir.local',
  resources: { requests: {}, limits: {} },
};
const CONTEXT = { settings: SETTINGS, namespaceLabels: { 'weir.dev/inject': 'enabled' } };

const review = (request: object): string =>
  JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });

describe('an AdmissionReview', () => {
  it.each([
    ['', 'the body'],
    ['[]', 'the body'],
    ['{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}', 'apiVersion'],
    [review({ operation: 'CREATE' }), 'request.uid'],
    [review({ uid: 'u', operation: 'PAINT' }), 'request.operation'],
    [review({ uid: 'u', operation: 'CREATE', namespace: 'bank/secrets/db' }), 'request.namespace: is no name of a Namespace'],
  ])('that is none says where: %s', (text, place) => {
    const parsed = parseAdmissionReview(text);
    expect(parsed.isValid ? '' : parsed.reason).toContain(`no AdmissionReview of admission.k8s.io/v1: ${place}`);
  });

  it('is answered with its uid, and with words where the object is refused', () => {
    expect(parseAdmissionReview(review({ uid: 'u', operation: 'DELETE', object: null }))).toMatchObject({ isValid: true });
    expect(formatAdmission('u', { kind: 'refused', message: 'no' })).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u', allowed: false, status: { code: 422, reason: 'Invalid', message: 'no' } },
    });
  });
});

describe('a Pod', () => {
  const object = { spec: { containers: [{ name: 'app' }] } };

  it('that is made gets a patch', () => {
    const answer = formatAdmission('u', admitPod({ uid: 'u', operation: 'CREATE', object, oldObject: null }, CONTEXT));
    const { response } = answer as { readonly response: { readonly patch: string } };
    expect(response).toMatchObject({ uid: 'u', allowed: true, patchType: 'JSONPatch' });
    const patch: unknown = JSON.parse(Buffer.from(response.patch, 'base64').toString());
    expect(patch).toContainEqual({ op: 'add', path: '/metadata', value: { labels: { 'weir.dev/injected': 'true' } } });
  });

  it('that is changed passes', () => {
    expect(admitPod({ uid: 'u', operation: 'UPDATE', object, oldObject: object }, CONTEXT)).toEqual({ kind: 'admitted' });
  });

  it("with its node's network passes with a warning", () => {
    const agent = { spec: { ...object.spec, hostNetwork: true } };
    expect(admitPod({ uid: 'u', operation: 'CREATE', object: agent, oldObject: null }, CONTEXT)).toMatchObject({
      kind: 'admitted',
      warnings: [expect.stringMatching(/^weir: the pod has its node's network/v)],
    });
  });
});
