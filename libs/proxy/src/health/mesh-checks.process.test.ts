// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MESH_CERTIFICATE, MESH_TRUST } from '@weir/policy/snapshot';
import type { Backend, Endpoint, HealthProbe } from '@weir/policy/snapshot';
import { createTestAuthority, waitFor } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerResources, INBOUND, MeshBench, meshSettings, receiverResources, uriOf } from '../mesh/mesh-bench.ts';
import { CheckCredentials } from './check-credentials.ts';
import { probe } from './probe.ts';

const HTTP: HealthProbe = { kind: 'http', path: '/healthz', host: undefined, expectedStatuses: [] };

let application: Server;
let receiver: MeshBench;
let credentials: CheckCredentials;
let port: number;

beforeEach(async () => {
  const authority = await createTestAuthority('weir test mesh');
  const issue = async (identity: string) => ({
    ...(await authority.issue(uriOf(identity))),
    authoritiesPem: authority.certificatePem,
  });
  application = createServer((_request, response) => response.end('well')).listen(0, '127.0.0.1');
  await once(application, 'listening');
  receiver = new MeshBench();
  await receiver.join(await issue('shop/catalogue'));
  await receiver.apply(...receiverResources((application.address() as AddressInfo).port, { mode: 'strict' }));
  port = await receiver.listen(INBOUND);
  credentials = new CheckCredentials();
  const { certificatePem: chainPem, keyPem, authoritiesPem } = await issue('shop/checkout');
  credentials.take({
    removes: [],
    upserts: [
      meshSettings(),
      { kind: 'certificate', name: MESH_CERTIFICATE, chainPem, keyPem, dnsNames: [], notAfterMs: 0 },
      { kind: 'trustBundle', name: MESH_TRUST, authoritiesPem },
    ],
  });
});

afterEach(() => {
  receiver.close();
  application.close();
});

async function check(identity: string | undefined, ask = HTTP): Promise<void> {
  const endpoint: Endpoint = { address: '127.0.0.1', port, ...(identity === undefined ? {} : { identity }) };
  const resources = callerResources({ mode: 'strict', endpoints: [endpoint] });
  const backend = resources.find((resource): resource is Backend => resource.kind === 'backend')!;
  const asked = {
    ...{ intervalMs: 1000, timeoutMs: 2000, healthyThreshold: 1, unhealthyThreshold: 1, port: undefined },
    probe: ask,
  };
  const preamble = credentials.preambleOf({ backend, endpoint }, asked);
  await probe({ ...endpoint, backend, check: asked, preamble }, AbortSignal.timeout(2000));
}

describe('a check of an endpoint in the mesh', () => {
  it('is made by mutual TLS, as the calls are that it is for', async () => {
    await check('shop/catalogue');
    const seen = await waitFor(() => receiver.requests[0], { what: 'the end of a request' });
    expect(seen.downstream).toMatchObject({ peerIdentity: 'shop/checkout', isTls: true });
    expect(receiver.refusals).toEqual([]);
  });

  it('fails where somebody else is there, and where nobody says who is', async () => {
    await expect(check('shop/orders')).rejects.toThrow('wanted shop/orders');
    await expect(check(undefined)).rejects.toThrow('takes mutual TLS only');
    expect(receiver.requests).toEqual([]);
  });

  it('is no more than a handshake where it asks for a connection alone', async () => {
    await check('shop/catalogue', { kind: 'tcp' });
    expect(receiver.requests).toEqual([]);
  });
});
