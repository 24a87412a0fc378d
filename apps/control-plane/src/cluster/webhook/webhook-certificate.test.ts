// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { createSystemRandom } from '@weir/base';
import { createMemorySecrets } from '@weir/identity';
import { createManualClock, waitFor } from '@weir/testing';
import { expect, it } from 'vitest';
import { openWebhookCertificate } from './webhook-certificate.ts';

const DAY_MS = 86_400_000;

it('is renewed at half of its life, by the same authority', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const notes: string[] = [];
  const certificate = await openWebhookCertificate({
    ...{ secrets: createMemorySecrets(), clock, random: createSystemRandom(), names: ['weir-webhook.weir-system.svc'] },
    onNote: text => void notes.push(text),
  });
  let renewals = 0;
  certificate.onRenewed = () => (renewals += 1);
  const before = certificate.tlsOptions().cert;
  const ca = certificate.caPem();
  clock.advance(45 * DAY_MS);
  await waitFor(() => renewals > 0, { what: () => `a renewal; ${notes.join()}` });
  const after = new X509Certificate(certificate.tlsOptions().cert);
  expect(certificate.tlsOptions().cert).not.toBe(before);
  expect(after.verify(new X509Certificate(ca).publicKey)).toBe(true);
  certificate.stop();
  expect(clock.pendingTimerCount()).toBe(0);
});

it('stays as it is where it cannot be renewed, which is said', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const secrets = createMemorySecrets();
  const notes: string[] = [];
  const certificate = await openWebhookCertificate({
    ...{ secrets, clock, random: createSystemRandom(), names: ['x'] },
    onNote: text => void notes.push(text),
  });
  const before = certificate.tlsOptions().cert;
  await secrets.write('webhook-authority.json', 'damaged');
  clock.advance(30_000);
  await waitFor(() => notes.length > 0, { what: () => 'a note' });
  expect(notes[0]).toContain('the certificate of the webhooks is not renewed');
  expect(certificate.tlsOptions().cert).toBe(before);
});
