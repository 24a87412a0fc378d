// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock } from '@weir/base';
import type { Backend, Port, Resource, ResourceName, RouteRule, Transaction, TrustBundle } from '@weir/policy/snapshot';
import {
  AccessStore,
  isAccessResource,
  isTrafficResource,
  needsRateStores,
  needsTokenVerifiers,
  TrafficStore,
} from '@weir/filters';
import type { PolicyEdit, FilterContext, TokenVerifiers } from '@weir/filters';
import { RETRY_BUDGET, RetryBudget } from '@weir/resilience';
import { entryFromRule, RouteTable } from '@weir/routing';
import type { RouteTableEdit } from '@weir/routing';
import { CertificateStore } from '../tls/certificate-store.ts';
import { BackendCredentials } from './backend-credentials.ts';
import { BackendReference } from './backend-reference.ts';
import type { PortRuntime } from './port-runtime.ts';
import { createRuleRuntime } from './rule-runtime.ts';
import type { RulePorts, RuleRuntime } from './rule-runtime.ts';
import type { RunningBackend } from './running-backend.ts';
import { derivePassword } from '../passwords/derive-password.ts';
import { MeshDirectory } from '../mesh/mesh-directory.ts';
import { MeshSessions } from '../mesh/mesh-sessions.ts';
import { SplitBackend } from '../split/split-backend.ts';
import type { SplitInForce } from '../split/split-tallies.ts';
import { StreamRules } from './stream-rules.ts';
import type { StreamRulesEdit } from './stream-rules.ts';

/** A resource that could not be taken. Its previous version goes on; of an access policy none does, and what it guards is refused. */
export interface Rejection {
  readonly resource: ResourceName;
  readonly reason: string;
}

export interface ConfigurationPorts {
  readonly clock: Clock;
  /** `load` comes before the first policy that has tokens verified. */
  readonly tokens: TokenVerifiers & { load(): Promise<void> };
  /** `load` comes before the first limit that is shared. */
  readonly rateStores: { load(): Promise<void> };
  /** Who the gateway is in the mesh; undefined = nobody, or this is no gateway. */
  readonly gateway: string | undefined;
  /** What rules are made with, but for the backends and policies, which the configuration knows. */
  readonly rulePorts: Omit<RulePorts, 'backendReference' | 'filterContext' | 'retryBudget' | 'trafficCalls'> & {
    readonly filterContext: Omit<FilterContext, 'accessChain' | 'concurrencyLimits' | 'injectedFaults' | 'trafficLimits'>;
  };
  createBackend(backend: Backend, configuration: Configuration): RunningBackend;
  createPort(port: Port, configuration: Configuration): PortRuntime;
  /** Certificate, authorities or trust domain of the mesh may be others than before. */
  renewMesh(): void;
  /** Lets waiting events run between two slices. */
  yieldTurn(): Promise<void>;
}

/** How long one slice of an update may hold the event loop. */
const SLICE_MS = 2;

/** What an update has prepared; nothing of it serves before the commit. */
interface Candidate {
  readonly tables: Map<string, RouteTableEdit<RuleRuntime>>;
  readonly rules: Map<ResourceName, RouteRule>;
  readonly streams: StreamRulesEdit;
  readonly ports: Map<ResourceName, Port>;
  readonly access: PolicyEdit;
  readonly traffic: PolicyEdit;
  readonly backends: Map<ResourceName, RunningBackend>;
  readonly rejections: Rejection[];
}

/**
 * All that one worker serves. An update is prepared beside it in short slices and then takes effect in one synchronous step:
 * no request ever sees half of it, and a request that has found its rule keeps it.
 */
export class Configuration {
  readonly certificates = new CertificateStore();
  private readonly access: AccessStore;
  private readonly traffic: TrafficStore;
  private readonly budgets = new Map<string, RetryBudget>();
  readonly trustBundles = new Map<ResourceName, TrustBundle>();
  readonly backendCredentials = new BackendCredentials(this);
  readonly mesh = new MeshDirectory();
  readonly meshSessions = new MeshSessions({
    certificateOf: name => this.certificates.get(name),
    trustBundles: this.trustBundles,
    trustDomain: () => this.mesh.settings?.trustDomain,
    wallMs: () => this.context.clock.wallMs(),
  });
  readonly streams = new StreamRules({
    backendReference: name => this.backendReference(name),
    accessChain: name => this.access.chain(name),
  });
  private readonly ports = new Map<ResourceName, PortRuntime>();
  private readonly tables = new Map<string, RouteTable<RuleRuntime>>();
  private readonly rules = new Map<ResourceName, RouteRule>();
  private readonly backends = new Map<ResourceName, BackendReference>();
  private readonly context: ConfigurationPorts;
  private readonly rulePorts: RulePorts;
  private version = 0;

  constructor(context: ConfigurationPorts) {
    this.context = context;
    const { clock, tokens, gateway, rulePorts } = context;
    const { callBackend } = rulePorts.filterContext;
    this.access = new AccessStore({ clock, tokens, gateway, random: rulePorts.random, derivePassword, callBackend });
    this.traffic = new TrafficStore(rulePorts.filterContext);
    this.rulePorts = {
      ...context.rulePorts,
      filterContext: {
        ...context.rulePorts.filterContext,
        accessChain: name => this.access.chain(name),
        trafficLimits: name => this.traffic.limits(name),
        injectedFaults: name => this.traffic.faults(name),
        concurrencyLimits: name => this.traffic.concurrency(name),
      },
      trafficCalls: name => this.traffic.calls(name),
      retryBudget: label => this.retryBudget(label),
      backendReference: name => this.backendReference(name),
    };
  }

  get appliedVersion(): number {
    return this.version;
  }

  port(name: ResourceName): PortRuntime | undefined {
    return this.ports.get(name);
  }

  /** The routes of a listener, by its name. */
  table(listener: string): RouteTable<RuleRuntime> | undefined {
    return this.tables.get(listener);
  }

  /** Whether there is a rule by a listener, and with it all that the rule leads to. */
  hasRules(listener: string): boolean {
    return this.tables.has(listener) || this.streams.table(listener) !== undefined;
  }

  /** The holder of a backend's name, also of one that is not known yet. */
  backendReference(name: ResourceName): BackendReference {
    const known = this.backends.get(name);
    if (known !== undefined) return known;
    const reference = new BackendReference(name);
    this.backends.set(name, reference);
    return reference;
  }

  /** What divides calls now. */
  splits(): readonly SplitInForce[] {
    return [...this.backends.values()].flatMap(({ current }) => (current instanceof SplitBackend ? current.inForce : []));
  }

  /** Applies a transaction; resolves when it serves. Must not be called again before that. */
  async apply(transaction: Transaction): Promise<readonly Rejection[]> {
    const candidate = createCandidate();
    if (transaction.upserts.some(needsTokenVerifiers)) await this.context.tokens.load();
    if (transaction.upserts.some(needsRateStores)) await this.context.rateStores.load();
    let sliceEndMs = this.context.clock.nowMs() + SLICE_MS;
    for (const step of this.steps(transaction, candidate)) {
      step();
      if (this.context.clock.nowMs() < sliceEndMs) continue;
      await this.context.yieldTurn();
      sliceEndMs = this.context.clock.nowMs() + SLICE_MS;
    }
    if (transaction.isWhole === true && candidate.rejections.length > 0) this.discard(transaction, candidate);
    else this.commit(transaction, candidate);
    return candidate.rejections;
  }

  private discard({ version }: Transaction, { backends }: Candidate): void {
    for (const backend of backends.values()) backend.release();
    this.version = version;
  }

  private *steps(transaction: Transaction, candidate: Candidate): Generator<() => void> {
    for (const name of transaction.removes) yield () => this.prepareRemoval(name, candidate);
    for (const resource of transaction.upserts) {
      yield () => {
        try {
          this.prepare(resource, candidate);
        } catch (reason) {
          candidate.rejections.push({
            resource: resource.name,
            reason: reasonWords(reason),
          });
        }
      };
    }
  }

  private prepare(resource: Resource, candidate: Candidate): void {
    if (isAccessResource(resource)) {
      this.access.prepare(resource, candidate.access);
      return;
    }
    if (isTrafficResource(resource)) {
      this.traffic.prepare(resource, candidate.traffic);
      return;
    }
    switch (resource.kind) {
      case 'routeRule':
        this.prepareRule(resource, candidate);
        break;
      case 'backend':
        candidate.backends.set(resource.name, this.context.createBackend(resource, this));
        break;
      case 'port':
        candidate.ports.set(resource.name, resource);
        break;
      case 'streamRule':
        this.streams.prepare(resource, candidate.streams);
        break;
      case 'certificate':
      case 'gateway':
      case 'meshService':
      case 'meshSettings':
      case 'sidecarPort':
      case 'trustBundle':
      case 'workload':
        // Taken at the commit: contexts are made when a handshake asks for them.
        break;
    }
  }

  private prepareRule(rule: RouteRule, candidate: Candidate): void {
    const runtimes = new Map<string, RuleRuntime>();
    const listeners = new Set(rule.attachments.map(attachment => attachment.listener));
    for (const { listener, access, traffic, meshSide } of rule.attachments) {
      const key =
        access === undefined && traffic === undefined && meshSide === undefined
          ? ''
          : JSON.stringify([access, traffic, meshSide]);
      const runtime = runtimes.get(key) ?? createRuleRuntime(rule, { access, traffic, meshSide }, this.rulePorts);
      runtimes.set(key, runtime);
      const entry = entryFromRule(rule, listener, runtime);
      if (entry !== undefined) this.editOf(listener, candidate).upsert(entry);
    }
    for (const { listener } of this.rules.get(rule.name)?.attachments ?? []) {
      if (!listeners.has(listener)) this.editOf(listener, candidate).remove(rule.name);
    }
    candidate.rules.set(rule.name, rule);
  }

  private prepareRemoval(name: ResourceName, candidate: Candidate): void {
    for (const { listener } of this.rules.get(name)?.attachments ?? []) this.editOf(listener, candidate).remove(name);
    this.streams.prepareRemoval(name, candidate.streams);
    this.access.prepareRemoval(name, candidate.access);
    this.traffic.prepareRemoval(name, candidate.traffic);
  }

  /** One for each backend, as long as the worker lives: what it has saved up outlives configurations. */
  private retryBudget(label: string): RetryBudget {
    const known = this.budgets.get(label);
    if (known !== undefined) return known;
    const budget = new RetryBudget({ ...RETRY_BUDGET, clock: this.context.clock });
    this.budgets.set(label, budget);
    return budget;
  }

  private editOf(listener: string, candidate: Candidate): RouteTableEdit<RuleRuntime> {
    const begun = candidate.tables.get(listener);
    if (begun !== undefined) return begun;
    const edit = (this.tables.get(listener) ?? new RouteTable<RuleRuntime>()).edit();
    candidate.tables.set(listener, edit);
    return edit;
  }

  /** Synchronous from the first to the last line: between two requests the old configuration becomes the new one. */
  private commit(transaction: Transaction, candidate: Candidate): void {
    this.access.commit(candidate.access);
    this.traffic.commit(candidate.traffic);
    for (const [listener, edit] of candidate.tables) this.tables.set(listener, edit.commit());
    for (const [name, runtime] of candidate.backends) this.replaceBackend(name, runtime);
    for (const [name, rule] of candidate.rules) this.rules.set(name, rule);
    this.streams.commit(candidate.streams);
    for (const name of transaction.removes) this.remove(name);
    this.mesh.commit(transaction.upserts, transaction.removes);
    const hasNewTls = this.takeTlsMaterial(transaction);
    if (hasNewTls || transaction.upserts.some(({ kind }) => kind === 'meshSettings')) this.context.renewMesh();
    for (const [name, port] of candidate.ports) this.ports.set(name, this.context.createPort(port, this));
    if (hasNewTls) this.renewTls(candidate);
    if (hasNewTls || hasPorts(transaction)) this.renewBackendTls();
    this.version = transaction.version;
  }

  private replaceBackend(name: ResourceName, runtime: RunningBackend | undefined): void {
    const reference = this.backendReference(name);
    const previous = reference.current;
    reference.current = runtime;
    if (previous === undefined) return;
    // Released last, so that endpoints that stay keep their connections.
    runtime?.inherit(previous);
    previous.release();
  }

  private remove(name: ResourceName): void {
    this.rules.delete(name);
    this.ports.delete(name);
    this.certificates.delete(name);
    this.trustBundles.delete(name);
    if (this.backends.has(name)) this.replaceBackend(name, undefined);
  }

  private takeTlsMaterial(transaction: Transaction): boolean {
    let hasAny = transaction.removes.some(name => name.startsWith('certificate/') || name.startsWith('trust/'));
    for (const resource of transaction.upserts) {
      if (resource.kind === 'certificate') this.certificates.set(resource);
      else if (resource.kind === 'trustBundle') this.trustBundles.set(resource.name, resource);
      else continue;
      hasAny = true;
    }
    return hasAny;
  }

  private renewTls(candidate: Candidate): void {
    for (const [name, runtime] of this.ports) {
      if (runtime.port.protocol === 'TLS' && !candidate.ports.has(name)) {
        this.ports.set(name, this.context.createPort(runtime.port, this));
      }
    }
  }

  private renewBackendTls(): void {
    this.backendCredentials.renew([...this.ports.values()].map(({ port }) => port));
    for (const { current } of this.backends.values()) current?.renewSessions();
  }
}

function hasPorts({ upserts, removes }: Transaction): boolean {
  return upserts.some(({ kind }) => kind === 'port') || removes.some(name => name.startsWith('port/'));
}

function createCandidate(): Candidate {
  const maps = {
    tables: new Map(),
    rules: new Map(),
    streams: new Map(),
    ports: new Map(),
    backends: new Map(),
    access: new Map(),
    traffic: new Map(),
  };
  return { ...maps, rejections: [] };
}
