// SPDX-License-Identifier: Apache-2.0
export { CONTRACT_REVISIONS } from '../contract/contract-revisions.ts';
export type { ResourceKind, SentResource } from '../contract/contract-revisions.ts';
export { openEnvelope, sealResource } from '../contract/envelope.ts';
export type { Envelope, Opened, ResourceVersion } from '../contract/envelope.ts';
export { GrpcReader } from './grpc-reader.ts';
export { countedRevision, covers } from './revision.ts';
export type { Revision } from './revision.ts';
export { addressRoot, allRoot, indexRoot, nameRoot, parseRoot } from './root.ts';
export type { ParsedRoot, Root } from './root.ts';
export type { RootOutcome, StreamEnd, VersionRejection } from './protocol.ts';
export { CertifyRequestSchema, CertifyResponseSchema, IdentityService } from './generated/weir/identity/v1/identity_pb.ts';
export type { CertifyRequest, CertifyResponse } from './generated/weir/identity/v1/identity_pb.ts';
export {
  AcksResponseSchema,
  ReplicaService,
  RequestRolloutResponseSchema,
  RolloutsResponseSchema,
  SplitsResponseSchema,
  TrustResponseSchema,
} from './generated/weir/replica/v1/replica_pb.ts';
export type {
  AcksResponse,
  ObjectAcks,
  RequestRolloutRequest,
  RequestRolloutResponse,
  RolloutsResponse,
  SplitsResponse,
  TrustRequest,
  TrustResponse,
} from './generated/weir/replica/v1/replica_pb.ts';
export { reportFromWire, reportToWire } from './split-report-wire.ts';
export { SyncService } from './generated/weir/sync/v1/sync_pb.ts';
