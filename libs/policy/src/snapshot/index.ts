// SPDX-License-Identifier: Apache-2.0
export type {
  AccessChain,
  AccessGuard,
  AccessPart,
  AccessPolicy,
  AccessRule,
  AddressLists,
  ApiKeyHash,
  ApiKeyMethod,
  Authentication,
  AuthenticationMethod,
  Consumer,
  ConsumerToken,
  Consumers,
  CredentialSource,
  JwtMethod,
} from './access.ts';
export type {
  InboundPort,
  InboundService,
  MeshMode,
  MeshPort,
  MeshProtocol,
  MeshService,
  MeshSettings,
  SidecarPort,
  SidecarRole,
  Workload,
  WorkloadIdentity,
} from './mesh.ts';
export { gatewayObjectName } from './gateway-object-name.ts';
export { GATEWAY_OPERATOR_PORT } from './gateway-ports.ts';
export { GATEWAY_IDENTITY, MESH_CERTIFICATE, MESH_SETTINGS, MESH_TRUST } from './mesh.ts';
export type { BasicMethod, ConsumerPassword } from './basic-method.ts';
export type {
  Comparison,
  EndpointHealth,
  HealthCheck,
  HealthProbe,
  LatencyOutliers,
  OutlierDetection,
  SuccessRateOutliers,
} from './endpoint-health.ts';
export type {
  Backend,
  BackendProtocol,
  BackendTls,
  Balance,
  CircuitBreakerSpec,
  ConnectionLimits,
  ConsistentHash,
  Endpoint,
  MeshedBackend,
  SubjectAltName,
  Utilization,
  ZonePreference,
} from './backend.ts';
export { WHOLE_SHARE } from './split.ts';
export type {
  FuseSpec,
  Revision,
  RevisionCounts,
  Split,
  SplitAssignment,
  SplitCondition,
  SplitMatch,
  SplitReport,
  SplitState,
} from './split.ts';
export type {
  AuthorizationPath,
  AuthorizationService,
  ExternalAuthorization,
  ForwardedBody,
  GrpcAuthorizationService,
  HttpAuthorizationService,
} from './external-authorization.ts';
export type { SessionPersistence } from './session-persistence.ts';
export type { IntrospectionEndpoint, IntrospectionMethod } from './introspection.ts';
export { CEL_LIMITS, CEL_VARIABLES } from './cel/cel-program.ts';
export type { CelFunction, CelNode, CelProgram, CelType, CelVariable } from './cel/cel-program.ts';
export type { CertificateNameMatch, ClientCertificateMethod } from './client-certificate-method.ts';
export { splitAuthority } from './authority.ts';
export { GRPC_STATUS_NAMES } from './grpc-status.ts';
export { headerChangesProblem, requestHeaderChangesProblem } from './header-changes-problem.ts';
export type { Certificate, MeshTrust, TrustBundle } from './certificate.ts';
export type {
  CorsSpec,
  ExternalAuthSpec,
  FilterSpec,
  HeaderChanges,
  HeaderValue,
  PathChange,
  RequestHeaderModifierSpec,
  RequestMirrorSpec,
  RequestRedirectSpec,
  ResponseHeaderModifierSpec,
  UrlRewriteSpec,
} from './filter-spec.ts';
export { JWT_ALGORITHMS } from './jwt/jwt-algorithm.ts';
export type { JwtAlgorithm } from './jwt/jwt-algorithm.ts';
export type {
  ClaimHeader,
  InlineJwtKeys,
  JwtKeys,
  JwtProvider,
  RemoteJwtKeys,
  RequiredClaim,
  TokenSource,
  UnresolvedJwtKeys,
} from './jwt/jwt-provider.ts';
export { keySetUrlProblem } from './jwt/key-set-url-problem.ts';
export { MAX_KEYS, MAX_KEY_SET_BYTES, parseKeySet } from './jwt/parse-key-set.ts';
export type { KeySet } from './jwt/parse-key-set.ts';
export type { VerificationKey, VerificationKeyOptions } from './jwt/verification-key.ts';
export { PASSWORD_HASH_FORMS, memoryBytesOf, parsePasswordHash } from './password/password-hash.ts';
export type { PasswordHash, PasswordScheme } from './password/password-hash.ts';
export type { BackendCertificate, ClientValidation, Listener, ListenerTls, Port, PortProtocol } from './port.ts';
export type { Gateway } from './gateway.ts';
export type { ResourceName } from './resource-name.ts';
export type { Resource, Snapshot, Transaction } from './resource.ts';
export type {
  AttachedTraffic,
  Attachment,
  BackendTraffic,
  PathMatch,
  RouteMatch,
  RouteRetry,
  RouteRule,
  RuleAction,
  ValueMatch,
  WeightedBackend,
} from './route-rule.ts';
export type { StreamRule, WeightedStreamBackend } from './stream-rule.ts';
export type { RateLimitStore, RateLimitStoreTls, SharedRateLimit } from './rate-limit-store.ts';
export type { ConcurrencyLimitSpec, ConcurrencyQueue } from './concurrency-limit.ts';
export type { FaultEffect, InjectedFaultSpec } from './injected-fault.ts';
export { NO_CONDITIONS } from './traffic.ts';
export type {
  RateLimitKey,
  RateLimitSpec,
  RateLimitWindow,
  RequestConditions,
  RetryKind,
  Sourced,
  TrafficCalls,
  TrafficLimits,
} from './traffic.ts';
export { attachedListenersOf, listenersOf, referencesOf } from './references.ts';
