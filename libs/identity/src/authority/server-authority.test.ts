// SPDX-License-Identifier: Apache-2.0
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { createSystemRandom } from '@weir/base';
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { parseCertificates } from '../certificate/pem.ts';
import { createMemorySecrets } from '../secrets/secret-store.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { openServerAuthority } from './server-authority.ts';
import type { ServerAuthority } from './server-authority.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);

interface Scene {
  readonly secrets: SecretStore;
  readonly clock: ManualClock;
}

const scene = (): Scene => ({ secrets: createMemorySecrets(), clock: createManualClock(START_MS) });
const open = ({ secrets, clock }: Scene): Promise<ServerAuthority> =>
  openServerAuthority({ secrets, clock, file: 'server.json', commonName: 'weir webhooks', random: createSystemRandom() });
const rootsOf = (authority: ServerAuthority): readonly X509Certificate[] => parseCertificates(authority.bundlePem(), 'bundle');

describe('an authority for servers', () => {
  it('signs for names and addresses, with the key that goes with it', async () => {
    const authority = await open(scene());
    const { certificatePem, keyPem, rootPem, renewAtMs } = await authority.issue([
      'weir-webhook.weir-system.svc',
      '127.0.0.1',
      '::1',
    ]);
    const leaf = new X509Certificate(certificatePem);
    expect(leaf.subjectAltName).toBe('DNS:weir-webhook.weir-system.svc, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(leaf.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(leaf.verify(new X509Certificate(rootPem).publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(authority.bundlePem()).toBe(rootPem);
    expect(renewAtMs).toBe(START_MS + 45 * DAY_MS);
  });

  it('is the same one for everybody who shares the storage', async () => {
    const shared = scene();
    const [first, second] = [await open(shared), await open(shared)];
    expect(second.bundlePem()).toBe(first.bundlePem());
  });

  it('is made once where a shared store does one thing after another', async () => {
    const shared = scene();
    let last: Promise<unknown> = Promise.resolve();
    const secrets: SecretStore = {
      ...shared.secrets,
      transact: async work => {
        const done = last.then(() => work(shared.secrets));
        last = done;
        return done;
      },
    };
    const both = await Promise.all([open({ ...shared, secrets }), open({ ...shared, secrets })]);
    expect(new Set(both.map(authority => authority.bundlePem())).size).toBe(1);
  });

  it('is not there where it cannot be stored', async () => {
    const secrets: SecretStore = { ...createMemorySecrets(), write: () => Promise.reject(new Error('no space')) };
    await expect(open({ ...scene(), secrets })).rejects.toThrow('no space');
  });

  it('gets a second root at half of its life, which issues a day later', async () => {
    const { secrets, clock } = scene();
    const authority = await open({ secrets, clock });
    const first = authority.bundlePem();
    clock.advance(1825 * DAY_MS);
    await authority.follow();
    expect(rootsOf(authority)).toHaveLength(2);
    expect((await authority.issue(['x'])).rootPem).toBe(first);
    clock.advance(DAY_MS);
    await authority.follow();
    expect(rootsOf(authority)).toHaveLength(2);
    expect((await authority.issue(['x'])).rootPem).not.toBe(first);
    clock.advance(1825 * DAY_MS);
    await authority.follow();
    expect(authority.bundlePem()).not.toContain(first);
  });

  it('says what to do about storage that is damaged', async () => {
    const { secrets, clock } = scene();
    for (const text of ['x', '{}', '[{"keyPem":1}]']) {
      await secrets.write('server.json', text);
      await expect(open({ secrets, clock })).rejects.toThrow('server.json holds no roots of a server authority');
    }
  });
});
