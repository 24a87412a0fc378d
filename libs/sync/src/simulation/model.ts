// SPDX-License-Identifier: Apache-2.0
import { attachedListenersOf, listenersOf, referencesOf } from '@weir/policy/snapshot';
import type {
  AccessChain,
  AccessPolicy,
  Backend,
  MeshService,
  Resource,
  ResourceName,
  RouteRule,
  Transaction,
  TrustBundle,
  Workload,
} from '@weir/policy/snapshot';
import type { Root } from '../messages/root.ts';
import { parseRoot } from '../messages/root.ts';
import type { Chance } from './simulated-time.ts';

/** A resource of the model, with the revisions at which its configuration and, of a backend, its endpoints were made. */
export interface Made {
  readonly resource: Resource;
  readonly madeAt: number;
  readonly endpointsAt: number;
  /** Engines refuse it. */
  readonly isBad: boolean;
}

type Snapshot = ReadonlyMap<ResourceName, Made>;

const SERVICES = ['cart', 'pay', 'stock', 'user'];
const POLICIES = ['staff', 'public', 'partner'];
const ADDRESSES = ['10.0.0.1', '10.0.0.2'];

/** Every configuration that there ever was; each is valid, and none is like another. Written without regard to how the product does it. */
export class Model {
  readonly history: Snapshot[] = [new Map()];
  private readonly chance: Chance;
  private readonly badShare: number;

  constructor(chance: Chance, badShare: number) {
    this.chance = chance;
    this.badShare = badShare;
    for (let i = 0; i < 6; i++) this.change();
  }

  /** Whether engines ever refuse something. */
  get hasBad(): boolean {
    return this.badShare > 0;
  }

  get head(): number {
    return this.history.length - 1;
  }

  at(revision: number): Snapshot {
    return this.history[revision] ?? new Map<ResourceName, Made>();
  }

  /** Goes on to another valid configuration. */
  change(): void {
    const next = new Map(this.at(this.head));
    const revision = this.history.length;
    const edits = 1 + this.chance.below(4);
    for (let i = 0; i < edits; i++) this.edit(next, revision);
    this.history.push(next);
  }

  /** Changes where some backend is served, and nothing else. */
  moveEndpoints(): void {
    const next = new Map(this.at(this.head));
    const backends = [...next.values()].filter(({ resource }) => resource.kind === 'backend');
    if (backends.length === 0) return;
    const made = this.chance.pick(backends);
    const revision = this.history.length;
    next.set(made.resource.name, { ...made, resource: withEndpoint(made.resource, revision), endpointsAt: revision });
    this.history.push(next);
  }

  /** Makes good whatever is bad. */
  mend(): void {
    const revision = this.history.length;
    const mended = [...this.at(this.head)].map(([name, made]): [ResourceName, Made] => [
      name,
      made.isBad ? mend(made, revision) : made,
    ]);
    this.history.push(new Map(mended));
  }

  /** The step from one revision to another one. */
  transaction(from: number, to: number): Transaction {
    const [before, after] = [this.at(from), this.at(to)];
    const upserts = [...after.values()].filter(made => before.get(made.resource.name) !== made).map(({ resource }) => resource);
    return { version: to, upserts, removes: [...before.keys()].filter(name => !after.has(name)) };
  }

  /** Names that a root leads to in a revision, of those that exist. */
  closure(root: Root, revision: number): ReadonlySet<ResourceName> {
    const snapshot = this.at(revision);
    const { by, value } = parseRoot(root)!;
    const all = [...snapshot.values()].map(({ resource }) => resource);
    if (by === 'index') return new Set(all.filter(({ kind }) => kind === value).map(({ name }) => name));
    if (by === 'address') {
      return new Set(all.filter(one => one.kind === 'workload' && one.address === value).map(({ name }) => name));
    }
    const found = new Set(all.filter(one => (by === 'all' ? one.kind : one.name) === value).map(({ name }) => name));
    for (;;) {
      const size = found.size;
      const reached = all.filter(({ name }) => found.has(name));
      const listeners = new Set(reached.flatMap(listenersOf));
      const rules = all.filter(one => attachedListenersOf(one).some(listener => listeners.has(listener)));
      for (const name of [...reached.flatMap(referencesOf), ...rules.map(rule => rule.name)]) {
        if (snapshot.has(name)) found.add(name);
      }
      if (found.size === size) return found;
    }
  }

  private edit(next: Map<ResourceName, Made>, revision: number): void {
    const put = (resource: Resource): void => {
      const isBad = this.chance.is(this.badShare);
      next.set(resource.name, { resource, madeAt: revision, endpointsAt: revision, isBad });
    };
    const service = this.chance.pick(SERVICES);
    const kind = this.chance.below(10);
    if (kind < 2) put(makePolicy(this.chance.pick(POLICIES), revision));
    else if (kind === 2) put(makeChain(this.chance.pick(POLICIES), this.some(POLICIES), revision));
    else if (kind < 5) {
      put(makeBackend(service, { bundle: this.chance.is(0.5) ? this.chance.pick(POLICIES) : undefined, revision }));
    } else if (kind === 5) put(makeBundle(this.chance.pick(POLICIES), revision));
    else if (kind === 6) put(makeService(service, revision));
    else if (kind === 7) put(makeWorkload(service, this.chance.pick(ADDRESSES), revision));
    else put(this.makeRule(service, revision));
    if (this.chance.is(0.2)) removeUnused(next, this.chance);
    complete(next, put, revision);
  }

  private makeRule(service: string, revision: number): RouteRule {
    return makeRule(`${service}-${this.chance.below(2)}`, {
      revision,
      listeners: this.some(SERVICES),
      access: this.chance.is(0.7) ? this.chance.pick(POLICIES) : undefined,
      backends: this.some(SERVICES),
    });
  }

  private some(values: readonly string[]): readonly string[] {
    return [...new Set([this.chance.pick(values), this.chance.pick(values)])];
  }
}

function mend({ resource }: Made, revision: number): Made {
  const text = JSON.stringify(resource).replaceAll(/made at \d+/gv, `made at ${revision}`);
  const again = JSON.parse(text) as Resource;
  return { resource: withEndpoint(again, revision), madeAt: revision, endpointsAt: revision, isBad: false };
}

/** Makes whatever is referred to and is not there. */
function complete(next: Map<ResourceName, Made>, put: (resource: Resource) => void, revision: number): void {
  for (;;) {
    const missing = [...next.values()].flatMap(({ resource }) => referencesOf(resource)).filter(name => !next.has(name));
    if (missing.length === 0) return;
    for (const name of missing) {
      const [kind = '', id = ''] = name.split('/');
      if (kind === 'backend') put(makeBackend(id, { bundle: undefined, revision }));
      else if (kind === 'trust') put(makeBundle(id, revision));
      else if (kind === 'chain') put(makeChain(id, [id], revision));
      else put(makePolicy(id, revision));
    }
  }
}

function removeUnused(next: Map<ResourceName, Made>, chance: Chance): void {
  const used = new Set([...next.values()].flatMap(({ resource }) => referencesOf(resource)));
  const unused = [...next.keys()].filter(name => !used.has(name));
  if (unused.length > 0) next.delete(chance.pick(unused));
}

function makePolicy(id: string, revision: number): AccessPolicy {
  return {
    kind: 'accessPolicy',
    name: `policy/${id}`,
    label: `made at ${revision}`,
    isShadow: false,
    unresolved: undefined,
    addresses: undefined,
    authentication: undefined,
    denyRules: [],
    allowRules: [],
    externalAuthorization: undefined,
  };
}

function makeChain(id: string, policies: readonly string[], revision: number): AccessChain {
  const guards = policies.map(policy => ({
    policy: `policy/${policy}`,
    scope: `made at ${revision}`,
    rank: 0,
    deniesByDefault: false,
    relaxed: [],
  }));
  return { kind: 'accessChain', name: `chain/${id}`, guards };
}

function makeBundle(id: string, revision: number): TrustBundle {
  return { kind: 'trustBundle', name: `trust/${id}`, authoritiesPem: `made at ${revision}` };
}

function makeService(id: string, revision: number): MeshService {
  const port = {
    port: 80,
    portName: `made at ${revision}`,
    protocol: 'http1',
    listener: `mesh/${id}/80`,
    consumers: [],
  } as const;
  return {
    kind: 'meshService',
    name: `mesh/${id}`,
    namespace: 'shop',
    service: id,
    addresses: [],
    mode: 'strict',
    ports: [port],
  };
}

function makeWorkload(id: string, address: string, revision: number): Workload {
  const service = { label: `made at ${revision}`, serverName: id, listener: `mesh/${id}/80` };
  const port = { port: 80, protocol: 'http1', mode: 'strict', services: [service] } as const;
  return { kind: 'workload', name: `workload/${id}/${address}`, identity: `shop/${id}`, address, ports: [port] };
}

function makeBackend(
  id: string,
  { bundle, revision }: { readonly bundle: string | undefined; readonly revision: number },
): Backend {
  return {
    kind: 'backend',
    name: `backend/${id}`,
    label: `made at ${revision}`,
    protocol: 'http1',
    tls:
      bundle === undefined
        ? undefined
        : { serverName: id, subjectAltNames: [], usesSystemAuthorities: false, trustBundle: `trust/${bundle}` },
    proxyProtocol: undefined,
    balance: 'roundRobin',
    connectTimeoutMs: 1000,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
    endpoints: [{ address: '10.1.0.1', port: revision }],
  };
}

function withEndpoint(resource: Resource, port: number): Resource {
  return resource.kind === 'backend' ? { ...resource, endpoints: [{ address: '10.1.0.1', port }] } : resource;
}

interface RuleParts {
  readonly revision: number;
  readonly listeners: readonly string[];
  readonly access: string | undefined;
  readonly backends: readonly string[];
}

function makeRule(id: string, { revision, listeners, access, backends }: RuleParts): RouteRule {
  return {
    kind: 'routeRule',
    name: `rule/${id}`,
    routeKind: 'HTTPRoute',
    route: `shop/${id}`,
    rule: `made at ${revision}`,
    createdMs: 0,
    index: 0,
    attachments: listeners.map(service => ({
      listener: `mesh/${service}/80`,
      hostnames: ['*'],
      access: access === undefined ? undefined : `chain/${access}`,
      traffic: undefined,
    })),
    matches: [{ path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [] }],
    action: {
      refusal: undefined,
      filters: [],
      backends: backends.map(service => ({
        backend: `backend/${service}`,
        label: service,
        weight: 1,
        filters: [],
        access: undefined,
      })),
      requestTimeoutMs: undefined,
      attemptTimeoutMs: undefined,
      retry: undefined,
      sessionPersistence: undefined,
    },
  };
}
