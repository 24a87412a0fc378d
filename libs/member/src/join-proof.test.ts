// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { createTestAuthority } from '@weir/testing';
import { expect, it } from 'vitest';
import { isOtherRoot } from './join-proof.ts';

it('tells a root that the control plane has no more from one that it has', async () => {
  const { certificatePem } = await createTestAuthority('ours');
  const { fingerprint256 } = new X509Certificate(certificatePem);
  const proof = { kind: 'serviceAccount', token: 't', rootsPem: certificatePem } as const;
  expect([isOtherRoot(fingerprint256, proof), isOtherRoot('AA:BB', proof)]).toEqual([false, true]);
  // What says nothing about roots is no reason to doubt a leaf.
  expect(isOtherRoot('AA:BB', undefined)).toBe(false);
  expect(isOtherRoot('AA:BB', { kind: 'joinText', text: 'any' })).toBe(false);
  expect(isOtherRoot('AA:BB', { ...proof, rootsPem: 'damaged' })).toBe(false);
});
