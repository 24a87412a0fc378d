// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource, ClusterObject, ClusterReader, WatchRequest } from '../api/cluster-api.ts';
import { DEPLOYMENTS, GATEWAYS, SERVICES } from '../write/builtin-resources.ts';
import { ScriptedObjects } from '../write/scripted-objects.ts';
import { GatewayKeeper } from './gateway-keeper.ts';
import type { GatewayPlan } from './gateway-plan.ts';

const SETTINGS = { image: 'weir:1', controlPlane: 'weir:15010', trustDomain: 'weir.local' };
const at = (resource: ApiResource, name = 'edge-weir') => ({ resource, namespace: 'shop', name });
const GATEWAY = at(GATEWAYS, 'edge');

function planOf(change: Partial<GatewayPlan> = {}): GatewayPlan {
  return {
    ...{ namespace: 'shop', name: 'edge', className: 'weir', objectName: 'edge-weir', labels: {}, annotations: {} },
    ports: [{ port: 80, protocol: 'TCP' }],
    ...{ addresses: [], parameters: { serviceType: 'ClusterIP' } },
    ...change,
  };
}

/** Follows what is written, as an API server's watch does. */
class Follower implements ClusterReader {
  private readonly api: ScriptedObjects;
  private readonly watches: (readonly [ApiResource, WatchRequest])[] = [];

  constructor(api: ScriptedObjects) {
    this.api = api;
  }

  list(resource: ApiResource): ReturnType<ClusterReader['list']> {
    return Promise.resolve({ items: this.api.all(resource), resourceVersion: '1', next: undefined });
  }

  watch(resource: ApiResource, request: WatchRequest): Promise<void> {
    this.watches.push([resource, request]);
    return new Promise((_, reject) => {
      request.signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }

  tell(object: ClusterObject, kind: 'changed' | 'removed' = 'changed'): void {
    for (const [resource, { onEvent }] of this.watches) if (resource.kind === object.kind) onEvent({ kind, object });
  }
}

function open(plans = new Map([['shop/edge', planOf()]])) {
  const [api, clock] = [new ScriptedObjects(), createManualClock(Date.UTC(2026, 0, 1))];
  const follower = new Follower(api);
  const [notes, hindrances]: [string[], string[]] = [[], []];
  api.put(GATEWAY, { spec: { gatewayClassName: 'weir' } });
  const keeper = new GatewayKeeper({
    ...{ plans: () => plans, settings: SETTINGS, reader: follower, writer: api, clock, random: createScriptedRandom(0.5) },
    onFacts: () => undefined,
    onHindrance: (_, { message }) => void hindrances.push(message),
    onNote: text => void notes.push(text),
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 50) {
      for (let turn = 0; turn < 300; turn++) await Promise.resolve();
      clock.advance(50);
    }
    for (let turn = 0; turn < 300; turn++) await Promise.resolve();
  };
  const term = new AbortController();
  const lead = async (): Promise<void> => {
    void keeper.lead(term.signal);
    await pass(200);
  };
  return { api, follower, keeper, plans, notes, hindrances, pass, lead, term };
}

const KINDS = ['ServiceAccount', 'Service', 'PodDisruptionBudget', 'Deployment'];

describe('what Gateways need', () => {
  it('is made by who leads, once', async () => {
    const { api, keeper, lead, pass, follower, term } = open();
    keeper.touch();
    await pass(1000);
    expect(api.asked).toEqual([]);
    await lead();
    expect(api.written).toEqual(KINDS.map(kind => `apply ${kind}/shop/edge-weir`));
    follower.tell(api.find(at(SERVICES))!);
    follower.tell(api.find(at(DEPLOYMENTS))!);
    keeper.touch();
    await pass(1000);
    expect(api.written).toHaveLength(KINDS.length);
    term.abort();
    keeper.touch();
    await pass(1000);
    expect([api.written.length, keeper.facts('shop/edge')]).toEqual([KINDS.length, undefined]);
  });

  it('is applied again when it is another, and when somebody else removed it', async () => {
    const { api, keeper, lead, pass, plans, follower } = open();
    await lead();
    plans.set('shop/edge', planOf({ ports: [{ port: 8080, protocol: 'TCP' }] }));
    keeper.touch();
    await pass(200);
    expect(api.find(at(SERVICES))).toMatchObject({ spec: { ports: [{ port: 8080 }] } });
    const service = api.find(at(SERVICES))!;
    await api.remove(at(SERVICES), new AbortController().signal);
    follower.tell(service, 'removed');
    await pass(200);
    expect(api.find(at(SERVICES))).toMatchObject({ spec: { ports: [{ port: 8080 }] } });
  });

  it('is left as it is while a plan is held', async () => {
    const { api, keeper, lead, pass, plans } = open();
    await lead();
    plans.set('shop/edge', planOf({ ports: [{ port: 8080, protocol: 'TCP' }], held: 'no such ConfigMap' }));
    plans.set('shop/new', planOf({ name: 'new', objectName: 'new-weir', held: 'no such ConfigMap' }));
    keeper.touch();
    await pass(200);
    expect(api.written).toHaveLength(KINDS.length);
    expect(keeper.facts('shop/new')?.hindrance).toEqual({ reason: 'Invalid', message: 'no such ConfigMap' });
  });

  it('tells where the Gateway is reached, and since when', async () => {
    const { api, keeper, lead, pass, follower } = open();
    await lead();
    follower.tell(api.find(at(SERVICES))!);
    follower.tell(api.find(at(DEPLOYMENTS))!);
    expect(keeper.facts('shop/edge')).toMatchObject({ addresses: [], hindrance: { reason: 'AddressNotAssigned' } });
    follower.tell(api.put(at(SERVICES), { spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.7'] } }));
    const sinceMs = keeper.facts('shop/edge')?.sinceMs;
    expect(keeper.facts('shop/edge')).toMatchObject({
      addresses: [{ type: 'IPAddress', value: '10.96.0.7' }],
      hindrance: { reason: 'Pending', message: 'no pod of the Gateway is ready yet' },
    });
    await pass(2000);
    follower.tell(api.put(at(DEPLOYMENTS), { status: { availableReplicas: 1 } }));
    expect(keeper.facts('shop/edge')).toMatchObject({ hindrance: undefined });
    expect(keeper.facts('shop/edge')?.sinceMs).toBeGreaterThan(sinceMs ?? Infinity);
  });

  it('never takes the place of what is not Weir’s', async () => {
    const { api, keeper, lead, pass, hindrances, follower } = open();
    api.put(at(SERVICES), { spec: { mine: true } });
    await lead();
    await pass(1000);
    const message = 'Service shop/edge-weir is there, and is not Weir’s: remove it'.replace('’', "'");
    expect([api.find(at(SERVICES))?.['spec'], hindrances]).toEqual([{ mine: true }, [message]]);
    expect(keeper.facts('shop/edge')?.hindrance).toEqual({ reason: 'Invalid', message });
    await api.remove(at(SERVICES), new AbortController().signal);
    await pass(120_000);
    follower.tell(api.find(at(SERVICES))!);
    expect(keeper.facts('shop/edge')?.hindrance?.reason).toBe('AddressNotAssigned');
  });

  it('is not missed in a namespace that is being removed', async () => {
    const { api, lead, hindrances, notes } = open();
    api.before = request => {
      if (request.startsWith('apply ')) throw new ApiError(403, { reason: 'NamespaceTerminating', message: 'it ends' });
    };
    await lead();
    expect([hindrances, notes]).toEqual([[], []]);
  });

  it('says that an address cannot be had, and takes another one at once', async () => {
    const { api, keeper, lead, pass, plans } = open(new Map([['shop/edge', planOf({ addresses: ['192.0.2.9'] })]]));
    api.before = request => {
      if (request !== 'apply Service/shop/edge-weir' || plans.get('shop/edge')?.addresses[0] !== '192.0.2.9') return;
      throw new ApiError(422, { reason: 'Invalid', message: 'the provided IP is not in the valid range' });
    };
    await lead();
    expect(keeper.facts('shop/edge')?.hindrance).toMatchObject({ reason: 'AddressNotUsable' });
    plans.set('shop/edge', planOf({ addresses: ['10.96.0.9'] }));
    keeper.touch();
    await pass(100);
    expect(api.find(at(SERVICES))).toMatchObject({ spec: { clusterIP: '10.96.0.9' } });
    // A Service never gets another address.
    plans.set('shop/edge', planOf({ addresses: ['10.96.0.10'] }));
    keeper.touch();
    await pass(100);
    expect(api.written.filter(request => request.includes('Service/')).slice(-2)).toEqual([
      'remove Service/shop/edge-weir',
      'apply Service/shop/edge-weir',
    ]);
  });

  it('goes when its Gateway has gone to another class, and stays when nothing is known of the Gateway', async () => {
    const { api, keeper, lead, pass, plans } = open();
    await lead();
    plans.clear();
    keeper.touch();
    await pass(100);
    expect(api.find(at(DEPLOYMENTS))).toBeDefined();
    api.put(GATEWAY, { spec: { gatewayClassName: 'other' } });
    void keeper.lead(new AbortController().signal);
    await pass(200);
    expect(KINDS.map(kind => api.all({ ...SERVICES, kind }).length)).toEqual([0, 0, 0, 0]);
  });

  it('goes at once when its Gateway goes to another class while somebody leads', async () => {
    const { api, keeper, lead, pass, plans, follower } = open();
    await lead();
    follower.tell(api.find(at(SERVICES))!);
    follower.tell(api.find(at(DEPLOYMENTS))!);
    api.put(GATEWAY, { spec: { gatewayClassName: 'inner' } });
    plans.set('shop/edge', planOf({ className: 'inner', objectName: 'edge-inner' }));
    keeper.touch();
    await pass(500);
    expect(KINDS.flatMap(kind => api.all({ ...SERVICES, kind })).map(({ metadata }) => metadata.name)).toEqual(
      KINDS.map(() => 'edge-inner'),
    );
  });

  it('is never what another Gateway runs as: two names may come to one', async () => {
    const { api, keeper, lead, pass, plans, follower, hindrances } = open();
    await lead();
    const [service, before] = [api.find(at(SERVICES))!, api.written.length];
    follower.tell(service);
    api.put(at(GATEWAYS, 'e'), { spec: { gatewayClassName: 'dge-weir' } });
    plans.set('shop/e', planOf({ name: 'e', className: 'dge-weir' }));
    keeper.touch();
    await pass(500);
    const message = 'ServiceAccount shop/edge-weir is what Gateway shop/edge runs as: give one of the two another name';
    expect([api.written.length, hindrances]).toEqual([before, [message]]);
    expect(keeper.facts('shop/e')).toMatchObject({ addresses: [], hindrance: { reason: 'Invalid', message } });
    expect(api.find(at(SERVICES))).toEqual(service);
  });

  it('is of as many pods as there are by now, where others scale it', async () => {
    const parameters = { serviceType: 'ClusterIP', minReplicas: 2, maxReplicas: 9 } as const;
    const { api, keeper, lead, pass, plans, follower } = open(new Map([['shop/edge', planOf({ parameters })]]));
    await lead();
    follower.tell(api.find(at(DEPLOYMENTS))!);
    // Nobody has told it yet.
    const spec = api.find(at(DEPLOYMENTS))?.['spec'] as object;
    api.put(at(DEPLOYMENTS), { spec: { ...spec, replicas: 7 } });
    plans.set('shop/edge', planOf({ parameters, annotations: { 'example.com/cost': '7' } }));
    keeper.touch();
    await pass(200);
    expect(api.find(at(DEPLOYMENTS))).toMatchObject({
      metadata: { annotations: { 'example.com/cost': '7' } },
      spec: { replicas: 7 },
    });
  });

  it('is of the newest image where its Service cannot be as it is to be', async () => {
    const { api, keeper, lead, pass, plans } = open();
    await lead();
    api.before = request => {
      if (request === 'apply Service/shop/edge-weir') throw new ApiError(422, { reason: 'Invalid', message: 'may not change' });
    };
    plans.set('shop/edge', planOf({ parameters: { loadBalancerClass: 'other', image: 'weir:2' } }));
    keeper.touch();
    await pass(200);
    expect(keeper.facts('shop/edge')?.hindrance?.message).toBe('Service shop/edge-weir cannot be made: may not change');
    expect(JSON.stringify(api.find(at(DEPLOYMENTS)))).toContain('"image":"weir:2"');
  });

  it('has no hindrance from an earlier Gateway of its name', async () => {
    const { api, keeper, lead, pass, plans } = open();
    api.put(at(SERVICES), { spec: { mine: true } });
    await lead();
    plans.clear();
    keeper.touch();
    await pass(100);
    await api.remove(at(SERVICES), new AbortController().signal);
    plans.set('shop/edge', planOf());
    expect(keeper.facts('shop/edge')?.hindrance?.reason).toBe('Pending');
    keeper.touch();
    await pass(100);
    expect(api.find(at(DEPLOYMENTS))).toBeDefined();
  });

  it('is tried again where the API server is away', async () => {
    const { api, lead, pass, notes } = open();
    let isAway = true;
    api.before = () => {
      if (isAway) throw new Error('connect ECONNREFUSED');
    };
    await lead();
    expect(notes).toEqual(['what Gateway shop/edge needs cannot be seen to, and is tried again: connect ECONNREFUSED']);
    isAway = false;
    await pass(1000);
    expect(api.find(at(DEPLOYMENTS))).toBeDefined();
  });
});
