// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AccessChain, AccessPolicy, Consumers, InboundService, Resource } from '@weir/policy/snapshot';
import { createTestAuthority, waitFor } from '@weir/testing';
import type { TestAuthority } from '@weir/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { INBOUND, MeshBench, meshSettings, receiverResources, uriOf } from './mesh-bench.ts';

const KEY = 'a-key-of-a-partner-that-is-long-enough';
const PARTNER = { method: 'key', consumer: 'shop/partner', groups: ['staff'] };
/** A gateway says: `shop/staff` has asked, and it is the partner. */
const VOUCHED = { client: '192.0.2.7', attempt: 1, identities: [PARTNER], policies: ['shop/staff'] };

const CONSUMERS: Consumers = {
  kind: 'consumers',
  name: 'consumers/shop/',
  consumers: [
    {
      ...{ label: PARTNER.consumer, groups: PARTNER.groups, passwords: [], certificates: [], tokens: [] },
      apiKeys: [{ sha256: createHash('sha256').update(KEY).digest('hex'), expiresMs: 0 }],
    },
  ],
};
const METHOD = { kind: 'apiKey', name: 'key', consumers: CONSUMERS.name, isForwarded: false } as const;
const POLICY: AccessPolicy = {
  ...{ kind: 'accessPolicy', name: 'access-policy/shop/staff', label: 'shop/staff', isShadow: false, unresolved: undefined },
  ...{ addresses: undefined, denyRules: [], allowRules: [], externalAuthorization: undefined },
  authentication: { admitsAnonymous: false, methods: [{ ...METHOD, sources: [{ kind: 'header', name: 'x-api-key' }] }] },
};
const CHAIN: AccessChain = {
  ...{ kind: 'accessChain', name: 'access/Service:shop/catalogue' },
  guards: [{ policy: POLICY.name, scope: 'Service', rank: 0, deniesByDefault: false, relaxed: [] }],
};

const LEADING = 'edge/public-weir';
const OTHER = 'thief/edge-weir';

describe('what a gateway says of its client', () => {
  let authority: TestAuthority;
  let application: Server;
  let receiver: MeshBench;

  beforeAll(async () => {
    authority = await createTestAuthority('weir test mesh');
  });

  beforeEach(async () => {
    application = createServer((incoming, response) => {
      const { 'weir-context': context, 'x-forwarded-user': user } = incoming.headers;
      response.end(`context: ${String(context)}, user: ${String(user)}`);
    });
    application.listen(0, '127.0.0.1');
    await once(application, 'listening');
    receiver = new MeshBench();
    const own = await authority.issue(uriOf('shop/catalogue'));
    await receiver.join({ ...own, authoritiesPem: authority.certificatePem });
    await receiver.apply(meshSettings({ gateways: [LEADING, OTHER] }), CONSUMERS, POLICY, CHAIN);
  });

  afterEach(() => {
    receiver.close();
    application.close();
  });

  /** A sidecar whose Service has asked for a key, and believes these gateways about who has shown one. */
  async function listen(gateways: readonly string[] | undefined, others: readonly InboundService[] = []): Promise<number> {
    const { port } = application.address() as AddressInfo;
    await receiver.apply(...receiverResources(port, { mode: 'strict' }).map(resource => guarded(resource, gateways, others)));
    return receiver.listen(INBOUND);
  }

  /** The whole answer. `serverName`: '' = it names no Service. */
  async function callAs(
    identity: string,
    port: number,
    { serverName = '80.catalogue.shop.weir', key = '' } = {},
  ): Promise<string> {
    const { certificatePem: cert, keyPem } = await authority.issue(uriOf(identity));
    const socket = connectTls({
      ...{ port, host: '127.0.0.1', servername: serverName, cert, key: keyPem, ca: authority.certificatePem },
      ...{ checkServerIdentity: () => undefined, ALPNProtocols: ['weir/1/http/1.1'] },
    });
    const context = Buffer.from(JSON.stringify(VOUCHED)).toString('base64url');
    const field = key === '' ? '' : `x-api-key: ${key}\r\n`;
    socket.write(
      `GET /x HTTP/1.1\r\nhost: x\r\nweir-context: ${context}\r\nx-forwarded-user: admin\r\n${field}connection: close\r\n\r\n`,
    );
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }

  it('is believed where its routes lead to the Service', async () => {
    expect(await callAs(LEADING, await listen([LEADING]))).toContain('200 OK');
    await waitFor(() => receiver.requests.length === 1, { what: 'the end of the request' });
    expect(receiver.requests).toMatchObject([{ clientAddress: VOUCHED.client, identities: [PARTNER] }]);
  });

  it('shows nobody to a Service that none of its routes leads to: its calls are those of a workload', async () => {
    const port = await listen([LEADING]);
    expect(await callAs(OTHER, port)).toContain('401 Unauthorized');
    const answer = await callAs(OTHER, port, { key: KEY });
    expect(answer).toContain('200 OK');
    expect(answer).toContain('context: undefined, user: undefined');
    await waitFor(() => receiver.requests.length === 2, { what: 'the end of both requests' });
    expect(receiver.requests).toMatchObject([
      { clientAddress: '127.0.0.1', identities: [] },
      { clientAddress: '127.0.0.1', identities: [PARTNER] },
    ]);
  });

  it('shows nobody where nothing leads, and where a list names who is no gateway of the mesh', async () => {
    const port = await listen(['shop/checkout']);
    expect(await callAs('shop/checkout', port)).toContain('401 Unauthorized');
    expect(await callAs(LEADING, port)).toContain('401 Unauthorized');
    expect(await callAs(LEADING, await listen([]))).toContain('401 Unauthorized');
  });

  it('is believed of every gateway of the mesh where the Service says nothing of them, as with one for all', async () => {
    expect(await callAs(OTHER, await listen(undefined))).toContain('200 OK');
  });

  it('has to be believed by all Services of a port where the caller names none', async () => {
    const other = { label: 'shop/more:80', serverName: '80.more.shop.weir', listener: 'inbound/shop/catalogue/80', gateways: [] };
    const port = await listen([LEADING], [other]);
    expect(await callAs(LEADING, port)).toContain('200 OK');
    expect(await callAs(LEADING, port, { serverName: '' })).toContain('401 Unauthorized');
  });
});

function guarded(resource: Resource, gateways: readonly string[] | undefined, others: readonly InboundService[]): Resource {
  if (resource.kind === 'routeRule') {
    return { ...resource, attachments: resource.attachments.map(one => ({ ...one, access: CHAIN.name })) };
  }
  if (resource.kind !== 'workload' || gateways === undefined) return resource;
  const ports = resource.ports.map(port => ({
    ...port,
    services: [...port.services.map(service => ({ ...service, gateways })), ...others],
  }));
  return { ...resource, ports };
}
