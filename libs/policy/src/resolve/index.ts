// SPDX-License-Identifier: Apache-2.0
export { createResolver } from './resolver.ts';
export type { Mesh, Resolution, ResolutionChanges, Resolver, ResolverOptions } from './resolver.ts';
export type { ResolvedAccessPolicy } from './access/resolve-access-policy.ts';
export type { ResolvedExternalAuthorization } from './access/resolve-external-authorization.ts';
export type { ResolvedMethod } from './access/resolve-method.ts';
export type { ResolvedConsumers } from './access/resolve-consumers.ts';
export type { ResolvedChain } from './access/merge-access.ts';
export { keyOfSelection } from './access/consumer-selection.ts';
export type { MergedField } from './policy/merge-fields.ts';
export type { ResolvedCalls, ResolvedLimits } from './traffic/merge-traffic.ts';
export type { ResolvedTrafficPolicy } from './traffic/resolve-traffic-policy.ts';
export type { ResolvedTraffic } from './route/rule-traffic.ts';
export type { PolicyChain, ScopeKind } from './policy/policy-chain.ts';
export { identityOfGateway } from './gateway/gateway-identity.ts';
export { inboundRulesOf, servedPortsOf } from './mesh/inbound-rules.ts';
export type { InboundRouteRule } from './mesh/inbound-rules.ts';
export type { MeshHalf, UnenforcedPolicy } from './mesh/mesh-half.ts';
export { callerListenerFrom, isMeshListener, meshName } from './mesh/mesh-names.ts';
export type { MeshPlace } from './mesh/mesh-names.ts';
export type { MeshParameters } from './mesh/mesh-parameters.ts';
export type { ResolvedMeshPort, ResolvedMeshService } from './mesh/mesh-service.ts';
export type { MeshServiceChange } from './mesh/mesh-stage.ts';
export { MESH_CONTROLLER_NAME } from './mesh/resolve-mesh.ts';
export type { ResolvedMesh } from './mesh/resolve-mesh.ts';
export type { InboundUse, ResolvedWorkload } from './mesh/workload-index.ts';
export { LEFT_OUT_ANNOTATION } from './certificate/credential-reader.ts';
export { annotationIssues } from './annotation/annotation-issues.ts';
export { CONTROLLER_NAME, OWNER_ANNOTATION } from './gateway/gateway-class.ts';
export { createParametersFinder } from './gateway/create-parameters-finder.ts';
export type { SaidParameters } from './gateway/create-parameters-finder.ts';
export { parseGatewayParameters } from './gateway/gateway-parameters.ts';
export type { GatewayParameters } from './gateway/gateway-parameters.ts';
export type { ContainerResources } from './parameters/parameter-readers.ts';
export type { ParameterFault, ReadParameters } from './parameters/read-parameters.ts';
export { parseSidecarParameters } from './mesh/sidecar-parameters.ts';
export type { SidecarParameters } from './mesh/sidecar-parameters.ts';
export type { ResolvedGatewayClass } from './gateway/gateway-class.ts';
export type { ForeignGateway } from './gateway/resolve-gateway.ts';
export type { ResolvedCertificate } from './gateway/resolve-certificate-refs.ts';
export type { ResolvedGateway, ResolvedListener } from './gateway/conclude-gateway.ts';
export type {
  ResolvedBackendRef,
  ResolvedFilter,
  ResolvedParent,
  ResolvedRequestRoute,
  ResolvedRoute,
  ResolvedRule,
  ResolvedStreamBackendRef,
  ResolvedStreamRoute,
} from './route/resolved-route.ts';
export type { RouteKindName } from './route/route-document.ts';
export type { RouteChange } from './route/route-stage.ts';
export type { ResolvedBackend } from './service/resolve-backend.ts';
export { targetsOf } from './service/backend-stage.ts';
export type { ResolvedListenerSet } from './listener-set/conclude-listener-set.ts';
export type { ResolvedTlsPolicy } from './tls-policy/resolve-tls-policy.ts';
export type { ResolvedRollout } from './rollout/resolve-rollout.ts';
export { DEPLOYMENT_ANNOTATION, POD_TEMPLATE_HASH, PROMOTED_GATE } from './rollout/held-pod-names.ts';
export { serviceOfRevision } from './rollout/rollout-in-force.ts';
export { keyOfTarget } from './service/backend-target.ts';
export type { BackendTarget } from './service/backend-target.ts';
export type { Finding } from './condition/finding.ts';
export type {
  GatewayClassFindings,
  GatewayFindings,
  ListenerFindings,
  ListenerSetFindings,
  MeshFindings,
  PolicyFindings,
  RolloutFindings,
  RouteFindings,
  TlsPolicyFindings,
} from './condition/findings.ts';
export type { Issue } from './issue.ts';
export { CelError } from './cel/cel-error.ts';
export { compileExpression } from './cel/compile-expression.ts';
export { requestedSidecar } from './mesh/requested-sidecar.ts';
export type { RequestedPlace, RequestedSidecar } from './mesh/requested-sidecar.ts';
