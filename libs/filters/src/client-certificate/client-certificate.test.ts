// SPDX-License-Identifier: Apache-2.0
import { Exchange } from '@weir/base';
import type { ClientCertificate } from '@weir/base';
import type { AccessPolicy, CertificateNameMatch, Consumer } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { ask, exchangeOf, policyOf, put, ruleOf, storeOf } from '../access/access-lab.ts';
import type { AccessStore } from '../access/access-store.ts';

const NOTHING: ClientCertificate = { dnsNames: [], uris: [], emails: [] };

function exchangeWith(clientCertificate: Partial<ClientCertificate> | undefined): Exchange {
  const plain = exchangeOf({ headers: [['x-forwarded-client-cert', 'URI=spiffe://example/agent']] });
  const { request, body, startedMs, protocol } = plain;
  const downstream = { ...plain.downstream, clientCertificate: clientCertificate && { ...NOTHING, ...clientCertificate } };
  return new Exchange({ request, body, startedMs, protocol, downstream });
}

function consumerOf(name: string, ...certificates: readonly CertificateNameMatch[]): Consumer {
  return { label: `shop/${name}`, groups: [name], apiKeys: [], passwords: [], tokens: [], certificates };
}

function store(admitsUnknown: boolean, parts: Partial<AccessPolicy> = {}): AccessStore {
  const method = { kind: 'clientCertificate', name: 'agents', consumers: 'consumers/shop/', admitsUnknown } as const;
  const built = storeOf([policyOf('shop/p', { authentication: { admitsAnonymous: false, methods: [method] }, ...parts })]);
  const consumers = [
    consumerOf('agent', { kind: 'uri', value: 'spiffe://example/agent' }, { kind: 'dns', value: 'agent.example' }),
    consumerOf('ann', { kind: 'email', value: 'Ann@example.com' }),
  ];
  put(built, { kind: 'consumers', name: 'consumers/shop/', consumers });
  return built;
}

describe('a client certificate', () => {
  it.each([
    [{ uris: ['spiffe://example/agent'] }, 'shop/agent'],
    [{ dnsNames: ['other.example', 'agent.example'], uris: ['spiffe://example/agent'] }, 'shop/agent'],
    [{ emails: ['Ann@example.com'] }, 'shop/ann'],
  ])('of a Consumer admits it: %j', (names, consumer) => {
    const exchange = exchangeWith(names);
    expect(ask(store(false), exchange)).toBe('admitted');
    expect(exchange.identities).toMatchObject([{ method: 'agents', consumer }]);
  });

  it.each([
    ['that nobody has', { dnsNames: ['spiffe://example/agent'], emails: ['ann@example.com'] }],
    ['that stands for more than one name', { dnsNames: ['*.example'] }],
    ['of two Consumers', { uris: ['spiffe://example/agent'], emails: ['Ann@example.com'] }],
    ['that is missing, whatever a header says', undefined],
  ])('%s admits nobody', (_, names) => {
    expect(ask(store(false), exchangeWith(names))).toBe('unauthenticated');
  });

  it('of nobody is admitted where any will do, without being taken for a Consumer', () => {
    const exchange = exchangeWith({ dnsNames: ['new.example'] });
    expect(ask(store(true), exchange)).toBe('admitted');
    expect(exchange.identities).toMatchObject([{ consumer: '', groups: [] }]);
    expect(ask(store(true), exchangeWith(undefined))).toBe('unauthenticated');
  });

  it('cannot be looked up while the Consumers are not known', () => {
    const built = storeOf([
      policyOf('shop/p', {
        authentication: {
          admitsAnonymous: true,
          methods: [{ kind: 'clientCertificate', name: 'agents', consumers: 'consumers/none', admitsUnknown: true }],
        },
      }),
    ]);
    expect(ask(built, exchangeWith({ dnsNames: ['a.example'] }))).toBe('policy_unavailable');
  });
});

describe('rules on certificates', () => {
  const certificates: readonly CertificateNameMatch[] = [
    { kind: 'dns', value: '*.agents.example' },
    { kind: 'dns', value: 'boss.example' },
    { kind: 'uri', value: 'spiffe://example/boss' },
  ];
  const byRule = storeOf([policyOf('shop/p', { allowRules: [ruleOf('agents', { certificates })] })]);

  it.each([
    [{ dnsNames: ['a.agents.example'] }, 'admitted'],
    [{ dnsNames: ['boss.example'] }, 'admitted'],
    [{ uris: ['spiffe://example/boss'] }, 'admitted'],
    [{ dnsNames: ['*.agents.example'] }, 'admitted'],
    [{ dnsNames: ['a.b.agents.example'] }, 'access_denied'],
    [{ dnsNames: ['agents.example'] }, 'access_denied'],
    [{ dnsNames: ['.agents.example'] }, 'access_denied'],
    [{ uris: ['spiffe://example/Boss'] }, 'access_denied'],
    [{ emails: ['boss.example'] }, 'access_denied'],
    [undefined, 'access_denied'],
  ])('look at the names of %j without any method: %s', (names, outcome) => {
    expect(ask(byRule, exchangeWith(names))).toBe(outcome);
  });

  it('refuse connections that are carried whole', () => {
    expect(() => byRule.chain('access/all').current?.admitConnection('192.0.2.1')).toThrow('no Allow rule fits');
  });
});
