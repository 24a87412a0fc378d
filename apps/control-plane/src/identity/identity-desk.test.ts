// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto';
import { createMemorySecrets, createSigningRequest } from '@weir/identity';
import { openAuthority, openJoinTokens } from '@weir/identity/authority';
import { createManualClock, createSeededRandom } from '@weir/testing';
import { expect, it } from 'vitest';
import { openAddressBook } from './address-book.ts';
import { IdentityDesk } from './identity-desk.ts';
import type { CertifyRequest } from './identity-desk.ts';
import { openLeafLedger } from './leaf-ledger.ts';

const TRUST_DOMAIN = 'weir.local';
/** What is in it is never looked at where somebody is refused; where not, it has to be a good one. */
const requestPem = createSigningRequest(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const GATEWAY = { trustDomain: TRUST_DOMAIN, namespace: 'weir-system', name: 'gateway' };
const OWN = { trustDomain: TRUST_DOMAIN, namespace: 'shop', name: 'edge-weir' };

/** A desk to which tokens of service accounts say whose they are: the token of `shop/edge-weir` is that text. */
async function openDesk(hasOwnProxies: boolean) {
  const parts = { clock: createManualClock(Date.UTC(2026, 0, 1)), random: createSeededRandom(1), secrets: createMemorySecrets() };
  const joinTokens = await openJoinTokens(parts);
  const desk = new IdentityDesk({
    ...{ joinTokens, hasOwnProxies, trustDomain: TRUST_DOMAIN, onEvent: () => undefined, pods: undefined },
    authority: await openAuthority({ ...parts, trustDomain: TRUST_DOMAIN }),
    addresses: await openAddressBook(parts.secrets),
    ledger: await openLeafLedger({ ...parts, hasReplicas: false }),
    accounts: {
      tokens: { review: identity => Promise.resolve({ kind: 'known', identity, pod: undefined }) },
      pods: { addressesOf: () => Promise.resolve([]) },
    },
  });
  const joinTokenFor = async (identity: typeof GATEWAY): Promise<CertifyRequest['token']> => {
    const { token: text } = await joinTokens.issue({ identity, addresses: ['10.0.0.1'], ttlMs: 60_000 });
    return { kind: 'join', text };
  };
  return { desk, joinTokenFor };
}

const requestWith = (token: CertifyRequest['token']): CertifyRequest => ({ requestPem, token, addresses: [] });
const accountOf = (text: string): CertifyRequest => requestWith({ kind: 'serviceAccount', text });
const NOBODY = { reason: 'forbidden', message: expect.stringContaining('nobody is weir-system/gateway here') };

it('certifies nobody as the proxy of all Gateways where each has its own, however that is proved', async () => {
  const { desk, joinTokenFor } = await openDesk(true);
  const joining = desk.certify(requestWith(await joinTokenFor(GATEWAY)), undefined);
  await expect(joining).rejects.toMatchObject(NOBODY);
  await expect(desk.certify(accountOf('weir-system/gateway'), undefined)).rejects.toMatchObject(NOBODY);
  const renewing = desk.certify(requestWith(undefined), { identity: 'weir-system/gateway', leaf: 'AA' });
  await expect(renewing).rejects.toMatchObject(NOBODY);
});

it('certifies the proxies of a Gateway there, and the proxy of all Gateways where there is one', async () => {
  const cluster = await openDesk(true);
  expect(await cluster.desk.certify(accountOf('shop/edge-weir'), undefined)).toMatchObject({ id: OWN });
  const alone = await openDesk(false);
  const joining = alone.desk.certify(requestWith(await alone.joinTokenFor(GATEWAY)), undefined);
  expect(await joining).toMatchObject({ id: GATEWAY });
});

it.each([true, false])('certifies nobody as the control plane (proxies of its own: %s)', async hasOwnProxies => {
  const { desk } = await openDesk(hasOwnProxies);
  const asking = desk.certify(accountOf('weir-system/control-plane'), undefined);
  await expect(asking).rejects.toMatchObject({ message: 'nobody but the control plane itself is certified as it' });
});
