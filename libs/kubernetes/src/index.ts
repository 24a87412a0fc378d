// SPDX-License-Identifier: Apache-2.0
export { ApiConnection } from './api/api-connection.ts';
export { ApiError } from './api/cluster-api.ts';
export type { ApiResource, ClusterObject, ClusterReader } from './api/cluster-api.ts';
export type { ClusterContent } from './documents/cluster-documents.ts';
export { LeaderElection } from './lease/leader-election.ts';
export type { LeaderElectionOptions, LeaseTiming } from './lease/leader-election.ts';
export { ClusterSecrets } from './state/cluster-secrets.ts';
export type { ClusterSecretsOptions, TextStore } from './state/cluster-secrets.ts';
export { StatusWriter } from './status/status-writer.ts';
export type { StatusSource, StatusWriterOptions } from './status/status-writer.ts';
export { PodReader } from './token/pod-reader.ts';
export { TokenReviewer } from './token/token-reviewer.ts';
export type { BoundPod, TokenVerdict } from './token/token-reviewer.ts';
export { openClusterSource } from './watch/cluster-source.ts';
export type { ClusterSource, ClusterSourceOptions } from './watch/cluster-source.ts';
export { WATCHED_RESOURCES } from './watch/watched-resources.ts';
export { ClusterWriter, FIELD_MANAGER } from './write/cluster-writer.ts';
export type { ObjectPlace, ObjectWriter, WrittenObject } from './write/object-writer.ts';
