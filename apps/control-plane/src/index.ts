// SPDX-License-Identifier: Apache-2.0
export type { ApiResources } from './api/api-schemas.ts';
export { StartError } from './control-plane-options.ts';
export type {
  ControlPlaneEvent,
  ControlPlaneOptions,
  LoadedDocuments,
  OpenedSource,
  OpenSource,
} from './control-plane-options.ts';
export type { ControlPlane } from './control-plane.ts';
export { startClusterControlPlane } from './cluster/start-cluster-control-plane.ts';
export { createControlPlane } from './create-control-plane.ts';
export type { CreatedControlPlane } from './create-control-plane.ts';
export { NotCertified } from './identity/identity-desk.ts';
export type { Certificated, CertifiedPeer, CertifyRequest } from './identity/identity-desk.ts';
export type { PodAddresses, ServiceAccounts, TokenReviewer } from './identity/service-accounts.ts';
export type { RolloutView, SeenRevision } from '@weir/rollouts/drive';
export { startControlPlane } from './start-control-plane.ts';
export type { RunningControlPlane } from './running-control-plane.ts';
export type { ClusterStartOptions, MeshOptions, ServeOptions, SocketPlace, StartOptions } from './start-options.ts';
