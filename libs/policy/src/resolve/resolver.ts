// SPDX-License-Identifier: Apache-2.0
import type { Document } from '../documents/index.ts';
import { AccessStage } from './access/access-stage.ts';
import type { AccessChanges } from './access/access-stage.ts';
import { createCredentialReader } from './certificate/credential-reader.ts';
import type { ResolvedGateway } from './gateway/conclude-gateway.ts';
import { inertParameters } from './gateway/find-gateway-parameters.ts';
import { resolveGatewayClass } from './gateway/gateway-class.ts';
import type { ResolvedGatewayClass } from './gateway/gateway-class.ts';
import { GatewayStage } from './gateway/gateway-stage.ts';
import type { ForeignGateway } from './gateway/resolve-gateway.ts';
import { documentOf } from './inventory/document-of.ts';
import { Inventory } from './inventory/inventory.ts';
import type { InventoryChange } from './inventory/inventory.ts';
import { TrackedLookup } from './inventory/tracked-lookup.ts';
import { MeshStage } from './mesh/mesh-stage.ts';
import type { MeshChanges } from './mesh/mesh-stage.ts';
import { MeshSwitch } from './mesh/mesh-switch.ts';
import { SettingsStage } from './mesh/settings-stage.ts';
import { accessExchanges, trafficExchanges, usesOfMesh } from './mesh/mesh-exchanges.ts';
import { PolicyIndex } from './policy/policy-index.ts';
import type { ResolvedRoute } from './route/resolved-route.ts';
import { RouteStage } from './route/route-stage.ts';
import type { RouteChange } from './route/route-stage.ts';
import type { ResolvedTlsPolicy } from './tls-policy/resolve-tls-policy.ts';
import { LostSetStage } from './listener-set/lost-set-stage.ts';
import type { LostSet } from './listener-set/lost-set-stage.ts';
import { TrafficStage } from './traffic/traffic-stage.ts';
import type { TrafficChanges } from './traffic/traffic-stage.ts';
import { TlsPolicyStage } from './tls-policy/tls-policy-stage.ts';
import type { ResolvedRollout } from './rollout/resolve-rollout.ts';
import { RolloutStage } from './rollout/rollout-stage.ts';
import { BackendStage, usesOfRoutes } from './service/backend-stage.ts';
import type { ResolvedBackend } from './service/resolve-backend.ts';

export interface ResolverOptions {
  /** IP addresses that Gateways listen on which name none. */
  readonly defaultAddresses: readonly string[];
  /** Whether each Gateway has proxies of its own; absent = one proxy listens for all of them. */
  readonly hasOwnProxies?: boolean;
}

/** What documents mean, and what of it is new since the last time. The maps are live: the next call changes them. */
export interface Resolution {
  /** By name; only those of Weir. */
  readonly classes: ReadonlyMap<string, ResolvedGatewayClass>;
  /** By `namespace/name`; only those of Weir's classes. */
  readonly gateways: ReadonlyMap<string, ResolvedGateway>;
  /** By `namespace/name`: the others, of which only a few are wrong. */
  readonly foreignGateways: ReadonlyMap<string, ForeignGateway>;
  /** ListenerSets without a Gateway, by `namespace/name`. */
  readonly lostSets: ReadonlyMap<string, LostSet>;
  /** Of all kinds, by `Kind/namespace/name`. */
  readonly routes: ReadonlyMap<string, ResolvedRoute>;
  /** By `namespace/name`. */
  readonly tlsPolicies: ReadonlyMap<string, ResolvedTlsPolicy>;
  /** By `namespace/name`. */
  readonly rollouts: ReadonlyMap<string, ResolvedRollout>;
  /** By `namespace/service/port`, with the variant where there is one; only those that some route uses. */
  readonly backends: ReadonlyMap<string, ResolvedBackend>;
  /** Access policies, by key; see AccessStage. */
  readonly access: Pick<AccessStage, 'consumers' | 'merged' | 'policies' | 'relaxing'>;
  /** Traffic policies, by key; see TrafficStage. */
  readonly traffic: Pick<TrafficStage, 'calls' | 'limits' | 'overridden' | 'policies'>;
  readonly mesh: Mesh;
  readonly changes: ResolutionChanges;
}

/** What there is of a mesh. */
export interface Mesh extends Pick<MeshStage, 'services' | 'workloads'>, Pick<SettingsStage, 'meshes' | 'parameters'> {
  readonly isOn: boolean;
}

/** What is new, different or gone. */
export interface ResolutionChanges {
  readonly documents: InventoryChange;
  readonly gateways: ReadonlySet<string>;
  readonly routes: ReadonlyMap<string, RouteChange>;
  readonly backends: ReadonlySet<string>;
  readonly tlsPolicies: ReadonlySet<string>;
  readonly lostSets: ReadonlySet<string>;
  readonly rollouts: ReadonlySet<string>;
  readonly access: AccessChanges;
  readonly traffic: TrafficChanges;
  /** `settings`: keys of XMeshes. */
  readonly mesh: MeshChanges & { readonly settings: ReadonlySet<string> };
}

export interface Resolver {
  /** Takes the documents as they are now. Only what a change can reach is resolved again; all else keeps its identity. */
  resolve(documents: ReadonlyMap<string, Document>): Resolution;
}

export function createResolver({ defaultAddresses, hasOwnProxies = false }: ResolverOptions): Resolver {
  const inventory = new Inventory();
  const credentials = createCredentialReader();
  const gatewayStage = new GatewayStage({ inventory, credentials, place: { defaultAddresses, isOwn: hasOwnProxies } });
  const policyIndex = new PolicyIndex();
  const mesh = new MeshSwitch();
  const settingsStage = new SettingsStage(inventory);
  const meshStage = new MeshStage(inventory, { policies: policyIndex, mesh, gateways: gatewayStage.own });
  const routeStage = new RouteStage(inventory, { parents: gatewayStage.parents, policies: policyIndex, mesh });
  const accessStage = new AccessStage(inventory);
  const trafficStage = new TrafficStage(inventory, policyIndex);
  const backendStage = new BackendStage(inventory, { credentials, policies: policyIndex, mesh });
  const tlsPolicyStage = new TlsPolicyStage(inventory, credentials);
  const lostSetStage = new LostSetStage(inventory);
  const rolloutStage = new RolloutStage(inventory, hasOwnProxies);
  return {
    resolve(documents) {
      const change = inventory.apply(documents);
      const { changed, topics } = gatewayStage.renew(change);
      const policyTopics = policyIndex.apply(change);
      const others = [...policyTopics, ...mesh.apply(change)];
      const settings = settingsStage.renew(change);
      const routes = routeStage.renew(change, [...topics, ...others]);
      const services = meshStage.renew(change, others, routes);
      const access = accessStage.renew(change, accessExchanges(routes.values(), services));
      const backends = backendStage.renew(
        [...change.topics, ...others],
        [...usesOfRoutes(routes.values()), ...usesOfMesh(services), ...access.uses],
      );
      return {
        classes: resolveClasses(inventory, hasOwnProxies),
        gateways: gatewayStage.gateways,
        foreignGateways: gatewayStage.foreign,
        lostSets: lostSetStage.sets,
        routes: routeStage.routes,
        backends: backendStage.backends,
        tlsPolicies: tlsPolicyStage.policies,
        rollouts: rolloutStage.rollouts,
        access: accessStage,
        traffic: trafficStage,
        mesh: meshOf(mesh, settingsStage, meshStage),
        changes: {
          documents: change,
          gateways: changed,
          routes,
          backends,
          tlsPolicies: tlsPolicyStage.renew(change),
          lostSets: lostSetStage.renew(change),
          rollouts: rolloutStage.renew(change),
          access,
          traffic: trafficStage.renew(change, policyTopics, trafficExchanges(routes.values(), services)),
          mesh: { ...services, settings },
        },
      };
    },
  };
}

function meshOf({ isOn }: MeshSwitch, { parameters, meshes }: SettingsStage, { services, workloads }: MeshStage): Mesh {
  return { isOn, parameters, meshes, services, workloads };
}

function resolveClasses(inventory: Inventory, hasOwnProxies: boolean): ReadonlyMap<string, ResolvedGatewayClass> {
  const classes = new Map<string, ResolvedGatewayClass>();
  // There are few, and each time all are looked at: nothing has to be remembered of what they look up.
  const lookup = new TrackedLookup(inventory);
  for (const document of inventory.ofKind('GatewayClass').values()) {
    const narrowed = documentOf('GatewayClass', document);
    const resolved = narrowed === undefined ? undefined : resolveGatewayClass(narrowed, lookup);
    if (resolved === undefined) continue;
    const inert = hasOwnProxies || resolved.issues.length > 0 ? undefined : inertParameters(resolved.document);
    classes.set(document.name, inert === undefined ? resolved : { ...resolved, issues: [...resolved.issues, inert] });
  }
  return classes;
}
