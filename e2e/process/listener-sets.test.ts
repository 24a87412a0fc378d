// SPDX-License-Identifier: Apache-2.0
import {
  answering,
  createTestAuthority,
  documentFile,
  echo,
  findFreePorts,
  request,
  startUpstream,
  startWeir,
  waitFor,
  writeDocument,
} from '@weir/testing';
import type { ClientOptions, TestDocument, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, gateway, namespace, route, service, tlsSecret } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { liveEverywhere } from './stage/live-everywhere.ts';
import { portService, streamRoute } from './stage/stream-documents.ts';
import { converse, repeating } from './stage/stream-servers.ts';

const PORTS = ['shared', 'secure', 'tcp', 'closed', 'late', 'own'] as const;
type PortName = (typeof PORTS)[number];

let main: Upstream;
let db: Upstream;
let weir: Weir;
let ports: ReadonlyMap<PortName, number>;

const allowedRoutes = { namespaces: { from: 'All' } };

beforeAll(async () => {
  main = await startUpstream(answering(echo('main')));
  db = await startUpstream(repeating('db'));
  const free = await findFreePorts(PORTS.length);
  ports = new Map(PORTS.map((name, index) => [name, free[index] ?? 0]));
  const authority = await createTestAuthority();
  const shop = { name: 'shop', protocol: 'HTTP', port: portOf('shared'), hostname: 'shop.test' };
  weir = await startWeir([
    namespace('team'),
    gateway('edge', [shop], { allowedListeners: { namespaces: { from: 'All' } } }),
    gateway('closed', [{ name: 'http', protocol: 'HTTP', port: portOf('own') }]),
    { ...tlsSecret('team', await authority.issue('team.test')), metadata: { name: 'team', namespace: 'team' } },
    listenerSet('a-team', 'edge', [
      { name: 'http', protocol: 'HTTP', port: portOf('shared'), hostname: 'team.test' },
      { name: 'https', protocol: 'HTTPS', port: portOf('secure'), tls: { certificateRefs: [{ name: 'team' }] } },
      { name: 'tcp', protocol: 'TCP', port: portOf('tcp'), allowedRoutes },
    ]),
    // Later by name: what it has in common with those before it stays with them.
    listenerSet('b-rival', 'edge', [
      { name: 'gateway-host', protocol: 'HTTP', port: portOf('shared'), hostname: 'shop.test' },
      { name: 'set-host', protocol: 'HTTP', port: portOf('shared'), hostname: 'team.test' },
      { name: 'free', protocol: 'HTTP', port: portOf('shared'), hostname: 'rival.test' },
    ]),
    listenerSet('c-protocol', 'edge', [{ name: 'tcp', protocol: 'TCP', port: portOf('shared') }]),
    listenerSet('refused', 'closed', [{ name: 'http', protocol: 'HTTP', port: portOf('closed') }]),
    ...service('main', [main.port], 'team'),
    ...service('main', [main.port]),
    ...portService('db', [{ port: db.port }]),
    route('gateway', [answerWith('gateway')]),
    ...['a-team', 'b-rival', 'refused'].map(name => setRoute(name)),
    streamRoute('TCPRoute', 'db', {
      parent: { kind: 'ListenerSet', name: 'a-team', namespace: 'team' },
      listener: 'tcp',
      backends: [{ name: 'db', port: 80 }],
    }),
  ]);
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all([main, db].map(upstream => upstream[Symbol.asyncDispose]()));
});

function portOf(name: PortName): number {
  return ports.get(name) ?? 0;
}

function listenerSet(name: string, parent: string, listeners: readonly Fields[]): TestDocument {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ListenerSet',
    metadata: { name, namespace: 'team' },
    spec: { parentRef: { name: parent, namespace: 'default' }, listeners },
  };
}

/** A rule whose answers say in a header whose it is. */
function answerWith(name: string): Fields {
  const changes = { set: [{ name: 'X-Route', value: name }] };
  return forward('/', 'main', { filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: changes }] });
}

/** A route for all listeners of a set, beside it in its namespace. */
function setRoute(name: string): TestDocument {
  return route(name, [answerWith(name)], { namespace: 'team', parents: [{ kind: 'ListenerSet', name }] });
}

/** Status, and whose route answered. */
async function ask(at: ClientOptions, host: string): Promise<string> {
  const response = await request(at, '/', { host });
  return `${response.status} ${response.header('x-route') ?? 'nobody'}`;
}

interface Reported {
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
}

type Statuses = Readonly<
  Record<
    string,
    Partial<Reported> & { readonly listeners?: readonly (Reported & { name: string })[]; readonly parents?: readonly Reported[] }
  >
>;

async function statusOf(key: string): Promise<Statuses[string]> {
  const { statuses } = (await weir.admin('GET', '/status')).json() as { readonly statuses: Statuses };
  const status = statuses[key];
  if (status === undefined) throw new Error(`no status of ${key} among ${Object.keys(statuses).join(', ')}`);
  return status;
}

/** `True Accepted`. */
function condition({ conditions }: Partial<Reported>, type: string): string {
  const found = conditions?.find(each => each.type === type);
  return found === undefined ? 'none' : `${found.status} ${found.reason}`;
}

/** By listener, whether it is in conflict with one before it. */
async function conflictsOf(set: string): Promise<Readonly<Record<string, string>>> {
  const { listeners = [] } = await statusOf(`ListenerSet/team/${set}`);
  return Object.fromEntries(listeners.map(listener => [listener.name, condition(listener, 'Conflicted')]));
}

describe('a ListenerSet', () => {
  it('adds hosts to a port of its Gateway, each for its own routes alone', async () => {
    const at = { port: portOf('shared') };
    expect(await ask(at, 'shop.test')).toBe('200 gateway');
    expect(await ask(at, 'team.test')).toBe('200 a-team');
    expect(await ask(at, 'nobody.test')).toBe('404 nobody');
  });

  it('adds ports of its own, with TLS by a Secret beside it, and TCP', async () => {
    const tls = { rejectUnauthorized: false, servername: 'team.test' };
    expect(await ask({ port: portOf('secure'), tls }, 'team.test')).toBe('200 a-team');
    expect(await converse({ port: portOf('tcp') }, 'hello')).toBe('db:hello');
  });

  it('leaves what it has in common with others to those before it, and keeps the rest', async () => {
    expect(await ask({ port: portOf('shared') }, 'rival.test')).toBe('200 b-rival');
    expect(condition(await statusOf('ListenerSet/team/b-rival'), 'Accepted')).toBe('True ListenersNotValid');
    expect(await conflictsOf('b-rival')).toEqual({
      'gateway-host': 'True HostnameConflict',
      'set-host': 'True HostnameConflict',
      free: 'False NoConflicts',
    });
    expect(await conflictsOf('c-protocol')).toEqual({ tcp: 'True ProtocolConflict' });
  });

  it('that its Gateway does not admit opens no port, and its routes hear of it', async () => {
    await expect(request({ port: portOf('closed') }, '/')).rejects.toThrow('ECONNREFUSED');
    expect(condition(await statusOf('ListenerSet/team/refused'), 'Accepted')).toBe('False NotAllowed');
    const { parents = [] } = await statusOf('HTTPRoute/team/refused');
    expect(parents.map(parent => condition(parent, 'Accepted'))).toEqual(['False NoMatchingParent']);
  });

  it('comes and goes while the Gateway serves', async () => {
    const late = listenerSet('late', 'edge', [
      { name: 'port', protocol: 'HTTP', port: portOf('late') },
      { name: 'host', protocol: 'HTTP', port: portOf('shared'), hostname: 'late.test' },
    ]);
    for (const document of [late, setRoute('late')]) await writeDocument(weir.directory, document);
    await liveEverywhere(weir, async () => (await ask({ port: portOf('late') }, 'any.test')) === '200 late');
    expect(await ask({ port: portOf('shared') }, 'late.test')).toBe('200 late');

    await weir.directory.remove(documentFile(late));
    await waitFor(async () => (await ask({ port: portOf('shared') }, 'late.test')) === '404 nobody', {
      what: 'the set to be gone',
    });
    expect(await ask({ port: portOf('shared') }, 'shop.test')).toBe('200 gateway');
  });
});

describe('an annotation that Weir does not know', () => {
  it('is said once, with the one that was meant', async () => {
    const [document] = service('main', [main.port]);
    const annotations = { 'weir.dev/proxy-protocl': 'v1' };
    await writeDocument(weir.directory, { ...document!, metadata: { ...document!.metadata, annotations } });
    await weir.child.sees(/weir\.dev\/proxy-protocl has no effect on a Service[\s\S]*did you mean `weir\.dev\/proxy-protocol`/v);
  });
});
