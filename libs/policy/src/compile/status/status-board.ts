// SPDX-License-Identifier: Apache-2.0
import type { Mesh, Resolution, ResolvedAccessPolicy, ResolvedGateway } from '../../resolve/index.ts';
import { AttachedRoutes } from './attached-routes.ts';
import { changedCoverage, enforcedAt, isForService } from './enforced-at.ts';
import { gatewayClassStatus } from './gateway-class-status.ts';
import { gatewayStatus } from './gateway-status.ts';
import { listenerSetStatus } from './listener-set-status.ts';
import { meshStatus } from './mesh-status.ts';
import { rolloutStatus } from './rollout-status.ts';
import { routeStatus } from './route-status.ts';
import { StatusTable } from './status-table.ts';
import type {
  GatewayClassStatus,
  GatewayStatus,
  ListenerSetStatus,
  ObjectStatus,
  PolicyStatus,
  RouteStatus,
  Status,
} from './status.ts';
import { accessLinksOf, PolicyUsers, trafficLinksOf } from './policy-users.ts';
import type { StatedPolicy } from './policy-status.ts';
import { renewPolicies } from './renew-policies.ts';
import { tlsPolicyStatus } from './policy-status.ts';
import { TlsPolicyUsers } from './tls-policy-users.ts';
import { UnenforcedPolicies } from './unenforced-policies.ts';

/** Keeps the statuses of all objects that Weir answers for. */
export class StatusBoard {
  private readonly classes = new StatusTable<GatewayClassStatus>('GatewayClass/');
  private readonly gateways = new StatusTable<GatewayStatus>('Gateway/');
  private readonly sets = new StatusTable<ListenerSetStatus>('ListenerSet/');
  /** Of all kinds: their keys begin with the kind. */
  private readonly routes = new StatusTable<RouteStatus>('');
  private readonly tlsPolicies = new StatusTable<PolicyStatus>('BackendTLSPolicy/');
  private readonly tlsPolicyUsers = new TlsPolicyUsers();
  private readonly accessPolicies = new StatusTable<PolicyStatus>('AccessPolicy/');
  private readonly trafficPolicies = new StatusTable<PolicyStatus>('TrafficPolicy/');
  private readonly meshes = new StatusTable<GatewayClassStatus>('XMesh/');
  private readonly rollouts = new StatusTable<ObjectStatus>('Rollout/');
  private readonly accessPlaces = { users: new PolicyUsers(accessLinksOf), unenforced: new UnenforcedPolicies('AccessPolicy') };
  private readonly trafficPlaces = {
    users: new PolicyUsers(trafficLinksOf),
    unenforced: new UnenforcedPolicies('TrafficPolicy'),
  };
  private readonly attached = new AttachedRoutes();
  private published: ReadonlyMap<string, Status> = new Map<string, Status>();
  private readonly features: readonly string[];

  /** `features`: of the Gateway API, in alphabetical order. */
  constructor(features: readonly string[]) {
    this.features = features;
  }

  /** Statuses by `Kind/namespace/name` after a resolution; the same map as before when there is no news. */
  update(resolution: Resolution, nowMs: number): ReadonlyMap<string, Status> {
    const { gateways, routes } = resolution.changes;
    const isNews = [
      this.updateClasses(resolution, nowMs),
      this.updateRoutes(resolution, nowMs),
      this.updateTlsPolicies(resolution, nowMs),
      this.updatePolicies(resolution, nowMs),
      this.updateMeshes(resolution, nowMs),
      this.updateRollouts(resolution, nowMs),
      // After the routes, whose number listeners tell.
      this.attached.apply(routes.values()) || gateways.size > 0 ? this.updateGateways(resolution, nowMs) : false,
    ].includes(true);
    if (isNews) {
      const tables = [
        this.classes,
        this.gateways,
        this.sets,
        this.routes,
        this.tlsPolicies,
        this.accessPolicies,
        this.trafficPolicies,
        this.meshes,
        this.rollouts,
      ];
      this.published = new Map(tables.flatMap(table => [...table.entries()]));
    }
    return this.published;
  }

  private updateClasses({ classes }: Resolution, nowMs: number): boolean {
    const made = new Map([...classes].map(([name, resolved]) => [`/${name}`, resolved]));
    const keys = new Set([...made.keys(), ...this.classes.keys()]);
    let isNews = false;
    for (const key of keys) {
      const resolved = made.get(key);
      const status =
        resolved === undefined
          ? undefined
          : gatewayClassStatus(resolved, { before: this.classes.get(key), features: this.features, nowMs });
      isNews = this.classes.set(key, status) || isNews;
    }
    return isNews;
  }

  private updateGateways({ gateways, changes }: Resolution, nowMs: number): boolean {
    let isNews = false;
    for (const key of new Set([...gateways.keys(), ...changes.gateways])) {
      const gateway = gateways.get(key);
      const before = this.gateways.get(key);
      const attachedRoutes = (listener: string): number => this.attached.countOf(listener);
      const status = gateway === undefined ? undefined : gatewayStatus(gateway, { before, nowMs, attachedRoutes });
      isNews = this.gateways.set(key, status) || isNews;
    }
    return this.updateSets(gateways.values(), nowMs) || isNews;
  }

  private updateTlsPolicies({ tlsPolicies, changes }: Resolution, nowMs: number): boolean {
    const services = this.tlsPolicyUsers.apply(changes.routes.values());
    const used = [...tlsPolicies].filter(([, { targets }]) =>
      targets.some(({ namespace, service }) => services.has(`${namespace}/${service}`)),
    );
    let isNews = false;
    for (const key of new Set([...changes.tlsPolicies, ...used.map(([name]) => name)])) {
      const policy = tlsPolicies.get(key);
      const before = this.tlsPolicies.get(key);
      const status =
        policy === undefined
          ? undefined
          : tlsPolicyStatus(policy, { before, nowMs, gateways: this.tlsPolicyUsers.gatewaysOf(policy) });
      isNews = this.tlsPolicies.set(key, status) || isNews;
    }
    return isNews;
  }

  private updateMeshes({ mesh, changes }: Resolution, nowMs: number): boolean {
    let isNews = false;
    for (const key of changes.mesh.settings) {
      const resolved = mesh.meshes.get(key);
      const status = resolved === undefined ? undefined : meshStatus(resolved, this.meshes.get(key), nowMs);
      isNews = this.meshes.set(key, status) || isNews;
    }
    return isNews;
  }

  private updateRollouts({ rollouts, changes }: Resolution, nowMs: number): boolean {
    let isNews = false;
    for (const key of changes.rollouts) {
      const resolved = rollouts.get(key);
      const status = resolved === undefined ? undefined : rolloutStatus(resolved, this.rollouts.get(key), nowMs);
      isNews = this.rollouts.set(key, status) || isNews;
    }
    return isNews;
  }

  private updatePolicies({ access, traffic, mesh, changes }: Resolution, nowMs: number): boolean {
    const { routes } = changes;
    const { accessPlaces, trafficPlaces, accessPolicies, trafficPolicies } = this;
    return [
      renewPolicies(accessPolicies, accessPlaces, {
        found: { get: key => statedAccess(access.policies.get(key), mesh) },
        changed: changes.access.policies.union(covering(access.policies, changedCoverage(changes.mesh.services))),
        routes,
        nowMs,
      }),
      renewPolicies(trafficPolicies, trafficPlaces, {
        found: { get: key => statedTraffic(traffic, key) },
        changed: changes.traffic.policies.union(changes.traffic.overridden),
        routes,
        nowMs,
      }),
    ].includes(true);
  }

  private updateSets(gateways: Iterable<ResolvedGateway>, nowMs: number): boolean {
    const sets = [...gateways].flatMap(gateway => gateway.sets);
    const byKey = new Map(sets.map(set => [`${set.document.namespace}/${set.document.name}`, set]));
    const attachedRoutes = (listener: string): number => this.attached.countOf(listener);
    let isNews = false;
    for (const key of new Set([...byKey.keys(), ...this.sets.keys()])) {
      const [set, before] = [byKey.get(key), this.sets.get(key)];
      const status = set === undefined ? undefined : listenerSetStatus(set, { before, nowMs, attachedRoutes });
      isNews = this.sets.set(key, status) || isNews;
    }
    return isNews;
  }

  private updateRoutes({ changes }: Resolution, nowMs: number): boolean {
    let isNews = false;
    for (const [key, { after }] of changes.routes) {
      const status = after === undefined ? undefined : routeStatus(after, this.routes.get(key), nowMs);
      isNews = this.routes.set(key, status) || isNews;
    }
    return isNews;
  }
}

/** What overrides a policy is known only to the places where it holds. */
function statedTraffic({ policies, overridden }: Resolution['traffic'], key: string): StatedPolicy | undefined {
  const policy = policies.get(key);
  const lost = overridden.of(key);
  if (policy === undefined || lost === undefined) return policy;
  return { document: policy.document, findings: { ...policy.findings, Overridden: lost } };
}

/** Who enforces a policy depends on who serves behind it. */
function statedAccess(policy: ResolvedAccessPolicy | undefined, mesh: Mesh): StatedPolicy | undefined {
  const place = policy && enforcedAt(policy, mesh);
  if (policy === undefined || place === undefined) return policy;
  return { document: policy.document, findings: { ...policy.findings, 'weir.dev/EnforcedAt': place } };
}

/** Keys of the policies that are for one of the Services. */
function covering(policies: ReadonlyMap<string, ResolvedAccessPolicy>, services: ReadonlySet<string>): ReadonlySet<string> {
  if (services.size === 0) return services;
  return new Set([...policies].flatMap(([key, policy]) => (isForService(policy, services) ? key : [])));
}
