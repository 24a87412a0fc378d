// SPDX-License-Identifier: Apache-2.0
import { createTestAuthority, waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterClient } from './stage/cluster-client.ts';
import { ECHO_HOST, echoRoute, edgeGateway, httpsListener, referenceGrant, tlsSecret } from './stage/edge-documents.ts';
import type { Manifest } from './stage/manifest.ts';
import { INJECTED, namespaceAccess } from './stage/mesh-documents.ts';
import { isRolledOut } from './stage/rollout.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

// Two teams with a namespace each. What one of them has is the other's only where its owner says so, and only for as long.

const RED = 'e2e-red';
const BLUE = 'e2e-blue';
const TLS = { ...edgeGateway(httpsListener(BLUE)), metadata: { name: 'tls' } };

let red: TestNamespace;
let blue: TestNamespace;
let ofRed: ClusterClient;
let ofBlue: ClusterClient;
let edge: string;

beforeAll(async () => {
  await ensureWeir();
  [red, blue] = await Promise.all([openNamespace(RED, INJECTED), openNamespace(BLUE, INJECTED)]);
  await red.apply(...echoBackend('echo'), edgeGateway(), echoRoute());
  await blue.apply(...echoBackend('echo'));
  await Promise.all([RED, BLUE].map(name => isRolledOut('echo', name)));
  ofRed = new ClusterClient(red, 'deployment/echo');
  ofBlue = new ClusterClient(blue, 'deployment/echo');
  edge = await red.waitForField('gateway/edge', '{.status.addresses[0].value}');
  await ofBlue.ask({ url: `http://${edge}/`, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
});

afterAll(async () => {
  await Promise.all([red, blue].map(namespace => namespace[Symbol.asyncDispose]()));
});

it('a namespace that admits its own identities is closed to those of others, at every Service', async () => {
  const rules = [{ name: 'own', action: 'Allow', identities: [`${RED}/*`] }];
  await red.apply(namespaceAccess('own', RED, { authorization: { rules } }));
  await ofBlue.ask({ url: `http://echo.${RED}/`, status: 403 });
  await ofRed.ask({ url: `http://echo.${RED}/`, status: 200 });
  await ofRed.ask({ url: `http://echo.${BLUE}/`, status: 200 });
  await red.kubectl(['delete', 'accesspolicy', 'own']);
  await ofBlue.ask({ url: `http://echo.${RED}/`, status: 200 });
});

it('a policy of one namespace says nothing of another one', async () => {
  const rules = [{ name: 'none', action: 'Deny' }];
  await blue.apply(namespaceAccess('none', RED, { authorization: { rules } }));
  const reason = '{.status.ancestors[0].conditions[?(@.type=="Accepted")].reason}';
  expect(await blue.waitForField('accesspolicy/none', reason)).toBe('TargetNotFound');
  await ofRed.ask({ url: `http://echo.${RED}/`, status: 200 });
});

it('a Gateway takes routes of another namespace where it says so, and for as long', async () => {
  const url = `http://${edge}/`;
  const host = 'blue.example';
  await blue.apply(routeTo('guest', { host, gateway: RED, service: 'echo' }));
  const path = '{.status.parents[0].conditions[?(@.type=="Accepted")].reason}';
  expect(await blue.waitForField('httproute/guest', path)).toBe('NotAllowedByListeners');
  await ofBlue.ask({ url, host, status: 404 });
  await red.apply(edgeGateway({ allowedRoutes: { namespaces: { from: 'Selector', selector: labelled(BLUE) } } }));
  await ofBlue.ask({ url, host, status: 200 });
  await ofBlue.ask({ url, host: ECHO_HOST, status: 404 });
  await red.apply(edgeGateway());
  await ofBlue.ask({ url, host, status: 404 });
  await ofBlue.ask({ url, host: ECHO_HOST, status: 200 });
});

describe('a ReferenceGrant opens, and closes as it goes,', () => {
  it('a Service to the routes of a namespace', async () => {
    const asked = { url: `http://${edge}/`, host: 'borrowed.example' };
    await red.apply(routeTo('borrowed', { host: asked.host, gateway: RED, service: 'echo', of: BLUE }));
    await ofRed.ask({ ...asked, status: 500 });
    await blue.apply(referenceGrant({ kind: 'HTTPRoute', namespace: RED }, 'Service'));
    await ofRed.ask({ ...asked, status: 200 });
    await blue.kubectl(['delete', 'referencegrant', 'of-services']);
    await ofRed.ask({ ...asked, status: 500 });
  });

  it('a Secret to the listeners of a namespace', async () => {
    const authority = await createTestAuthority();
    await blue.apply(tlsSecret(await authority.issue(ECHO_HOST)));
    await red.apply(TLS, routeTo('tls', { host: ECHO_HOST, gateway: RED, named: 'tls', service: 'echo' }));
    const listener = '{.status.listeners[0].conditions[?(@.type=="ResolvedRefs")].reason}';
    await red.kubectl(['wait', 'gateway/tls', `--for=jsonpath=${listener}=RefNotPermitted`, '--timeout=30s']);

    await blue.apply(referenceGrant({ kind: 'Gateway', namespace: RED }, 'Secret'));
    const url = `https://${await red.waitForField('gateway/tls', '{.status.addresses[0].value}')}/`;
    await ofRed.ask({ url, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
    await blue.kubectl(['delete', 'referencegrant', 'of-secrets']);
    const isClosed = (): Promise<boolean> => ofRed.ask({ url, host: ECHO_HOST, timeoutMs: 0 }).then(() => false, isNoAnswer);
    await waitFor(isClosed, { what: 'the listener to be closed', timeoutMs: 30_000 });
  });
});

interface RouteTarget {
  readonly host: string;
  /** Namespace of the Gateway. */
  readonly gateway: string;
  /** `edge` unless said. */
  readonly named?: string;
  readonly service: string;
  /** Namespace of the Service; the route's unless said. */
  readonly of?: string;
}

function routeTo(name: string, { host, gateway, named = 'edge', service, of }: RouteTarget): Manifest {
  const backend = { name: service, port: 80, ...(of === undefined ? {} : { namespace: of }) };
  const parentRefs = [{ name: named, namespace: gateway }];
  return { ...echoRoute(), metadata: { name }, spec: { parentRefs, hostnames: [host], rules: [{ backendRefs: [backend] }] } };
}

function labelled(namespace: string): object {
  return { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
}

function isNoAnswer(error: unknown): boolean {
  return /ECONNREFUSED|ECONNRESET|socket|alert|disconnected/v.test(String(error));
}
