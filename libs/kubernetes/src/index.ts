// SPDX-License-Identifier: Apache-2.0
export { ApiConnection } from './api/api-connection.ts';
export { ApiError } from './api/cluster-api.ts';
export type { ApiResource, ClusterObject, ClusterReader } from './api/cluster-api.ts';
export type { ClusterContent } from './documents/cluster-documents.ts';
export { openClusterSource } from './watch/cluster-source.ts';
export type { ClusterSource, ClusterSourceOptions } from './watch/cluster-source.ts';
export { WATCHED_RESOURCES } from './watch/watched-resources.ts';
