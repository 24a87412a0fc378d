// SPDX-License-Identifier: Apache-2.0
import type { Clock, Problem } from '@weir/base';
import type { Document } from '../documents/index.ts';
import { documentKey } from '../documents/index.ts';
import { annotationIssues, createResolver, identityOfGateway, requestedSidecar } from '../resolve/index.ts';
import type { Issue, Resolution, ResolutionChanges, ResolvedRollout, Resolver, ResolverOptions } from '../resolve/index.ts';
import { GATEWAY_IDENTITY } from '../snapshot/index.ts';
import type { Snapshot, Transaction } from '../snapshot/index.ts';
import { certificateIssues } from './problems/certificate-issues.ts';
import { ProblemBoard } from './problems/problem-board.ts';
import { ShadowIndex } from './problems/shadow-index.ts';
import { compileAccessChain, compileAccessPolicy, compileConsumers } from './resources/compile-access.ts';
import { compileBackend } from './resources/compile-backend.ts';
import { compileGateways } from './resources/compile-gateways.ts';
import { compileMeshService } from './resources/compile-mesh-service.ts';
import { compileMeshSettings } from './resources/compile-mesh-settings.ts';
import { compileRoute } from './resources/compile-route.ts';
import { compileTlsPolicy } from './resources/compile-tls-policy.ts';
import { compileCalls, compileLimits } from './resources/compile-traffic.ts';
import { compileWorkload } from './resources/compile-workload.ts';
import { SnapshotBuilder } from './resources/snapshot-builder.ts';
import { OWN_PROXY_FEATURES, SUPPORTED_FEATURES } from './status/supported-features.ts';
import { StatusBoard } from './status/status-board.ts';
import type { Status } from './status/status.ts';

export interface CompilerOptions extends ResolverOptions {
  /** For the stamps of conditions, and to know which certificates are out of their time. */
  readonly clock: Pick<Clock, 'wallMs'>;
}

/** What became different between two sets of documents. */
export type DocumentChanges = Pick<ResolutionChanges['documents'], 'removed' | 'upserted'>;

/** What a set of documents comes to. All of it is frozen, and what did not change is the same object as the last time. */
export interface Compilation {
  readonly snapshot: Snapshot;
  /** From the last snapshot to this one; without upserts and removes when nothing changed. */
  readonly transaction: Transaction;
  /** By `Kind/namespace/name`; GatewayClasses, Gateways, ListenerSets, routes and BackendTLSPolicies that Weir answers for. */
  readonly statuses: ReadonlyMap<string, Status>;
  /** By `namespace/name`. */
  readonly rollouts: ReadonlyMap<string, ResolvedRollout>;
  /** Everything wrong in the documents as they stand, in the order of files and lines. */
  readonly problems: readonly Problem[];
  /**
   * What it was made of, by `Kind/namespace/name`: what makes Weir fail is here as it was before, as what stands in for it, or not at all.
   * Live: the next compilation changes it.
   */
  readonly documents: ReadonlyMap<string, Document>;
}

/** What one run comes to. */
interface RunResult {
  readonly compilation: Omit<Compilation, 'documents'>;
  readonly changes: DocumentChanges;
}

/** One way from documents to what they come to, which remembers what it has seen. What has thrown has seen a part, and is to be left behind. */
export class CompileRun {
  private readonly clock: CompilerOptions['clock'];
  private readonly resolver: Resolver;
  private readonly builder: SnapshotBuilder;
  private readonly statuses: StatusBoard;
  private readonly problems = new ProblemBoard();
  private readonly shadows = new ShadowIndex();
  private readonly hasOwnProxies: boolean;

  /** `from`: what its first transaction leads away from; an empty one where not given. */
  constructor({ clock, ...options }: CompilerOptions, from?: Snapshot) {
    this.clock = clock;
    this.resolver = createResolver(options);
    this.builder = new SnapshotBuilder(from);
    this.statuses = new StatusBoard(featuresOf(options));
    this.hasOwnProxies = options.hasOwnProxies ?? false;
  }

  update(documents: ReadonlyMap<string, Document>): RunResult {
    const { builder, problems } = this;
    const nowMs = this.clock.wallMs();
    const resolution = this.resolver.resolve(documents);
    stageResources(builder, resolution, this.hasOwnProxies);
    stageProblems(problems, resolution, nowMs);
    for (const [key, issues] of this.shadows.apply(resolution.changes.routes)) problems.replace(`shadow/${key}`, issues);
    const statuses = this.statuses.update(resolution, nowMs);
    // A copy: what this run goes on to find, and may throw in the middle of, is no part of what it has told.
    const rollouts = new Map(resolution.rollouts);
    const compilation = { ...builder.commit(), statuses, rollouts, problems: problems.list() };
    return { compilation, changes: resolution.changes.documents };
  }
}

function featuresOf({ hasOwnProxies = false }: ResolverOptions): readonly string[] {
  return hasOwnProxies ? [...SUPPORTED_FEATURES, ...OWN_PROXY_FEATURES].sort() : SUPPORTED_FEATURES;
}

function stageResources(
  builder: SnapshotBuilder,
  { gateways, backends, tlsPolicies, access, traffic, mesh, changes }: Resolution,
  hasOwnProxies: boolean,
): void {
  stageAccess(builder, access, changes.access);
  stageTraffic(builder, traffic, changes.traffic);
  stageMesh(builder, mesh, changes.mesh);
  const proxies = hasOwnProxies ? [...gateways.values()].map(({ document }) => identityOfGateway(document)) : [GATEWAY_IDENTITY];
  builder.replace('mesh settings', mesh.isOn ? [compileMeshSettings(mesh.parameters, proxies)] : []);
  if (changes.gateways.size > 0) builder.replace('gateways', compileGateways(gateways.values()));
  for (const [key, { after }] of changes.routes) {
    builder.replace(`route/${key}`, after === undefined ? [] : compileRoute(after));
  }
  for (const key of changes.backends) {
    const backend = backends.get(key);
    builder.replace(`backend/${key}`, backend === undefined ? [] : [compileBackend(backend)]);
  }
  for (const key of changes.tlsPolicies) {
    const policy = tlsPolicies.get(key);
    builder.replace(`tls-policy/${key}`, policy === undefined ? [] : compileTlsPolicy(policy));
  }
}

function stageAccess(builder: SnapshotBuilder, access: Resolution['access'], changes: ResolutionChanges['access']): void {
  for (const key of changes.policies) {
    const policy = access.policies.get(key);
    builder.replace(`access-policy/${key}`, policy === undefined ? [] : [compileAccessPolicy(policy)]);
  }
  for (const key of changes.consumers) {
    const consumers = access.consumers.get(key);
    builder.replace(`consumers/${key}`, consumers === undefined ? [] : [compileConsumers(consumers)]);
  }
  for (const key of changes.chains) {
    const chain = access.merged.get(key);
    builder.replace(`access/${key}`, chain === undefined ? [] : [compileAccessChain(key, chain)]);
  }
}

function stageTraffic(builder: SnapshotBuilder, traffic: Resolution['traffic'], changes: ResolutionChanges['traffic']): void {
  for (const key of changes.calls) {
    const calls = traffic.calls.get(key);
    builder.replace(`traffic-calls/${key}`, calls === undefined ? [] : [compileCalls(key, calls)]);
  }
  for (const key of changes.limits) {
    const limits = traffic.limits.get(key);
    builder.replace(`traffic-limits/${key}`, limits === undefined ? [] : [compileLimits(key, limits)]);
  }
}

function stageMesh(builder: SnapshotBuilder, mesh: Resolution['mesh'], changes: ResolutionChanges['mesh']): void {
  for (const [key, { after }] of changes.services) {
    builder.replace(`mesh/${key}`, after === undefined ? [] : compileMeshService(after));
  }
  for (const key of changes.workloads) {
    const workload = mesh.workloads.get(key);
    builder.replace(`workload/${key}`, workload === undefined ? [] : [compileWorkload(key, workload)]);
  }
}

function stageProblems(problems: ProblemBoard, resolution: Resolution, nowMs: number): void {
  const { gateways, foreignGateways, routes, backends, tlsPolicies, lostSets, access, changes } = resolution;
  replaceIssues(problems, 'gateway', { keys: changes.gateways, found: gateways });
  replaceIssues(problems, 'route', { keys: changes.routes.keys(), found: routes });
  replaceIssues(problems, 'backend', { keys: changes.backends, found: backends });
  replaceIssues(problems, 'lost set', { keys: changes.lostSets, found: lostSets });
  replaceIssues(problems, 'tls-policy', { keys: changes.tlsPolicies, found: tlsPolicies });
  replaceIssues(problems, 'access-policy', { keys: changes.access.policies, found: access.policies });
  replaceIssues(problems, 'traffic-policy', { keys: changes.traffic.policies, found: resolution.traffic.policies });
  replaceIssues(problems, 'relaxing', { keys: changes.access.relaxing, found: access.relaxing });
  replaceIssues(problems, 'consumers', { keys: changes.access.consumers, found: access.consumers });
  replaceIssues(problems, 'mesh', { keys: changes.mesh.services.keys(), found: resolution.mesh.services });
  replaceIssues(problems, 'rollout', { keys: changes.rollouts, found: resolution.rollouts });
  replaceIssues(problems, 'mesh settings', { keys: changes.mesh.settings, found: resolution.mesh.meshes });
  for (const document of changes.documents.upserted) {
    problems.replace(`annotations/${documentKey(document)}`, annotationIssues(document));
    problems.replace(`sidecar/${documentKey(document)}`, requestedSidecar(document).issues);
  }
  for (const document of changes.documents.removed) {
    problems.replace(`annotations/${documentKey(document)}`, []);
    problems.replace(`sidecar/${documentKey(document)}`, []);
  }
  problems.replace(
    'classes',
    [...resolution.classes.values()].flatMap(({ issues }) => issues),
  );
  problems.replace(
    'foreign gateways',
    [...foreignGateways.values()].flatMap(({ issues }) => issues),
  );
  problems.replace('certificates', certificateIssues(gateways.values(), nowMs));
}

interface Found {
  readonly keys: Iterable<string>;
  readonly found: ReadonlyMap<string, { readonly issues: readonly Issue[] }>;
}

function replaceIssues(problems: ProblemBoard, owner: string, { keys, found }: Found): void {
  for (const key of keys) problems.replace(`${owner}/${key}`, found.get(key)?.issues ?? []);
}
