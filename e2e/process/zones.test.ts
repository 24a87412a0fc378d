// SPDX-License-Identifier: Apache-2.0
import { answering, findFreePorts, reply, request, startUpstream, waitFor } from '@weir/testing';
import type { TestDocument, Upstream } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, gateway, route } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { streamRoute } from './stage/stream-documents.ts';

/** Endpoints by the zone that each is in. */
const ZONES = { west1: 'west', west2: 'west', east1: 'east', east2: 'east' } as const;
type Name = keyof typeof ZONES;
const NAMES = ['west1', 'west2', 'east1', 'east2'] as const satisfies readonly Name[];

const OWN_FIRST = { type: 'RoundRobin', zonePreference: {} };
const EJECTION = { consecutive5xx: 2, baseEjectionTime: '1h', maxEjectionPercent: 100 };
const CHECK = { type: 'TCP', interval: '100ms', healthyThreshold: 1, unhealthyThreshold: 1 };

/** Each a Service of its own. */
const POLICIES: Readonly<Record<string, Fields>> = {
  near: { balancing: OWN_FIRST },
  moving: { balancing: OWN_FIRST },
  ejected: { balancing: OWN_FIRST, outlierDetection: EJECTION },
  lost: { balancing: OWN_FIRST, healthCheck: CHECK },
  refused: { balancing: OWN_FIRST },
  full: { balancing: { type: 'RoundRobin', zonePreference: { spillOverAbove: 2 } } },
  sticky: { balancing: OWN_FIRST, sessionPersistence: { sessionName: 'sid' } },
  hashed: { balancing: { type: 'ConsistentHash', consistentHash: { by: 'Header', name: 'X-User' } } },
};

const closing = new AsyncDisposableStack();
const endpoints = new Map<Name, Upstream>();
const held = Promise.withResolvers<undefined>();
/** A gateway in the zone `west`, and one that does not know where it is. */
let west: Stage;
let nowhere: Stage;
let tcpPort: number;

beforeAll(async () => {
  for (const name of NAMES) {
    endpoints.set(name, closing.use(await startUpstream(answering(({ target }) => answer(name, target)))));
  }
  const [nobody = 0, listener = 0, other = 0] = await findFreePorts(3);
  tcpPort = listener;
  west = closing.use(
    await openStage({ backends: {}, documents: documents(nobody, listener), flags: ['--workers', '2', '--zone', 'west'] }),
  );
  // As a variable says it that a template has left empty.
  nowhere = closing.use(
    await openStage({ backends: {}, documents: documents(nobody, other), flags: ['--workers', '1'], env: { WEIR_ZONE: '' } }),
  );
});

afterAll(async () => {
  held.resolve(undefined);
  await closing.disposeAsync();
});

function documents(nobody: number, listener: number): readonly TestDocument[] {
  const all = NAMES.map(name => slotOf(name));
  const away = { port: nobody, zone: 'west' };
  return [
    ...service('near', all),
    ...service('said', all, { trafficDistribution: 'PreferSameZone' }),
    ...service('unheard', all, { trafficDistribution: 'PreferMars' }),
    ...service(
      'hinted',
      all.map(slot => ({ ...slot, hints: forZones(slot.port === slotOf('east2').port ? 'west' : 'east') })),
    ),
    ...service(
      'unready',
      all.map((slot, index) => ({ ...slot, hints: index === 0 ? {} : forZones(slot.zone) })),
    ),
    ...service(
      'node',
      NAMES.map(name => ({ ...slotOf(name), hints: { ...forZones(ZONES[name]), forNodes: [{ name }] } })),
    ),
    ...service('moving', all),
    ...service('ejected', all),
    ...service('lost', [away, slotOf('east1'), slotOf('east2')]),
    ...service('refused', [away, slotOf('east1')]),
    ...service('full', [slotOf('west1'), slotOf('east1')]),
    ...service('sticky', all),
    ...service('hashed', all, { trafficDistribution: 'PreferClose' }),
    ...Object.entries(POLICIES).map(([name, spec]) => policy(name, spec)),
    gateway('streams', [{ name: 'tcp', protocol: 'TCP', port: listener }]),
    streamRoute('TCPRoute', 'tcp', { backends: [backend('near')], parent: { name: 'streams' } }),
    route(
      'zoned',
      [...Object.keys(POLICIES), 'said', 'unheard', 'hinted', 'unready', 'node'].map(name => forward(`/${name}`, name)),
    ),
  ];
}

interface Slot {
  readonly port: number;
  readonly zone: string;
  readonly hints?: Fields;
}

/** As EndpointSlices say whose callers an endpoint is for. */
function forZones(name: string): Fields {
  return { forZones: [{ name }] };
}

function slotOf(name: Name): Slot {
  return { port: endpoints.get(name)!.port, zone: ZONES[name] };
}

/** A Service on port 80 with an EndpointSlice for each endpoint. */
function service(name: string, slots: readonly Slot[], spec: Fields = {}): readonly TestDocument[] {
  const slices = slots.map((slot, index) => slice(name, index, slot));
  const metadata = { name, namespace: 'default' };
  return [{ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 80 }], ...spec } }, ...slices];
}

function slice(name: string, index: number, { port, zone, hints = {} }: Slot): TestDocument {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-${index}`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port }],
    endpoints: [{ addresses: ['127.0.0.1'], zone, hints }],
  };
}

function policy(name: string, spec: Fields): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group: '', kind: 'Service', name }], ...spec },
  };
}

/** `/full` is not answered until the test is over, and what fails does so at one endpoint. */
async function answer(name: Name, target: string): Promise<string> {
  if (target.startsWith('/full')) await held.promise;
  return reply({ status: target.startsWith('/ejected') && name === 'west1' ? 500 : 200, body: name });
}

/** Who answered each of some requests, on connections of their own, so that every worker gets some. */
async function answers(stage: Stage, path: string, count: number): Promise<readonly string[]> {
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const { status, text } = await stage.send('http', path, { headers: { Connection: 'close', 'X-User': `user-${i}` } });
    names.push(status === 200 ? text : String(status));
  }
  return names;
}

async function namesOf(stage: Stage, path: string, count = 24): Promise<ReadonlySet<string>> {
  return new Set(await answers(stage, path, count));
}

describe('a gateway that knows its zone', () => {
  it.each(['near', 'said'])('sends requests to the endpoints there: /%s', async path => {
    expect(await namesOf(west, `/${path}`)).toEqual(new Set(['west1', 'west2']));
  });

  it('sends connections there, too', async () => {
    const answered = await Promise.all(
      Array.from({ length: 16 }, () => request({ port: tcpPort }, '/', { headers: { Connection: 'close' } })),
    );
    expect(new Set(answered.map(({ text }) => text))).toEqual(new Set(['west1', 'west2']));
  });

  it.each(['hashed', 'unheard'])('sends requests everywhere where nothing asks for the zone: /%s', async path => {
    expect(await namesOf(west, `/${path}`, 60)).toEqual(new Set(NAMES));
  });

  it('sends requests to the endpoints that are for it, as slices say, wherever these are', async () => {
    expect(await namesOf(west, '/hinted')).toEqual(new Set(['east2']));
  });

  it('sends requests everywhere while not all endpoints say whose they are', async () => {
    expect(await namesOf(west, '/unready', 60)).toEqual(new Set(NAMES));
  });

  it('sends requests to the zone where it does not know its node', async () => {
    expect(await namesOf(west, '/node')).toEqual(new Set(['west1', 'west2']));
  });

  it('gives others what the zone cannot bear when it has lost one of two endpoints', async () => {
    await waitFor(async () => !(await namesOf(west, '/ejected', 8)).has('500'), { what: 'the ejection' });
    const names = await answers(west, '/ejected', 300);
    const count = names.filter(name => name === 'west2').length;
    // 1.4 times a half of them; the others get the rest in turn.
    expect(Math.abs(count - 210)).toBeLessThan(40);
    expect(new Set(names)).toEqual(new Set(['west2', 'east1', 'east2']));
  });

  it('gives others all when none there is healthy', async () => {
    const line = 'weir_endpoints{backend="default/lost:80",state="unhealthy"} 1\n';
    await waitFor(async () => (await west.weir.metrics()).includes(line), { what: 'the check to fail' });
    expect(await namesOf(west, '/lost')).toEqual(new Set(['east1', 'east2']));
  });

  it('tries again elsewhere when the only endpoint there refuses', async () => {
    // Few, as repeats have a budget.
    expect(await namesOf(west, '/refused', 6)).toEqual(new Set(['east1']));
  });

  it('sends what is too much for an endpoint there to one that has less to do', async () => {
    const countOf = (name: Name): number => endpoints.get(name)!.requests.filter(({ target }) => target === '/full').length;
    const answered: Promise<unknown>[] = [];
    const got: [west: number, east: number][] = [];
    for (let sent = 1; sent <= 6; sent++) {
      answered.push(west.send('http', '/full', { headers: { Connection: 'close' } }));
      await waitFor(() => countOf('west1') + countOf('east1') === sent, { what: `request ${sent}` });
      got.push([countOf('west1'), countOf('east1')]);
    }
    // Two each; then the zone's own again, as long as the other has no fewer.
    expect(got).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
      [2, 2],
      [3, 2],
      [3, 3],
    ]);
    held.resolve(undefined);
    await Promise.all(answered);
  });

  it('keeps a session where it began, wherever that is', async () => {
    const away = await waitFor(
      async () => {
        const first = await nowhere.send('http', '/sticky');
        return first.text.startsWith('east') && first;
      },
      { what: 'a session elsewhere' },
    );
    const [cookie = ''] = away.headers('set-cookie');
    const headers = { Cookie: cookie.slice(0, cookie.indexOf(';')) };
    for (let i = 0; i < 6; i++) expect((await west.send('http', '/sticky', { headers })).text).toBe(away.text);
  });

  it('follows endpoints that say another zone', async () => {
    const moved = NAMES.map((name, index) =>
      slice('moving', index, { ...slotOf(name), zone: name === 'east2' ? 'west' : 'east' }),
    );
    await west.apply(moved, async () => {
      const names = await namesOf(west, '/moving', 12);
      return names.size === 1 && names.has('east2');
    });
  });
});

describe('a gateway that does not know its zone', () => {
  it.each(['near', 'said'])('uses all endpoints alike: /%s', async path => {
    expect(await namesOf(nowhere, `/${path}`, 60)).toEqual(new Set(NAMES));
  });
});

it('the zone and the node can be said by variables of the environment', async () => {
  const [nobody = 0, listener = 0] = await findFreePorts(2);
  const options = { flags: ['--workers', '1'], env: { WEIR_ZONE: 'east', WEIR_NODE: 'west2' } };
  await using stage = await openStage({ backends: {}, documents: documents(nobody, listener), ...options });
  expect(await namesOf(stage, '/near')).toEqual(new Set(['east1', 'east2']));
  expect(await namesOf(stage, '/node')).toEqual(new Set(['west2']));
});
