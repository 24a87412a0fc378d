// SPDX-License-Identifier: Apache-2.0
import type { KindName } from '../../documents/index.ts';
import { OWNER_ANNOTATION } from '../gateway/gateway-class.ts';
import { PROXY_SOURCES_ANNOTATION } from '../gateway/resolve-proxy-sources.ts';
import { APPLICATION_ANNOTATION, HTTP_PROXY_ANNOTATION, UPSTREAMS_ANNOTATION } from '../mesh/requested-sidecar.ts';
import { INJECTED_ANNOTATION } from '../mesh/meshed-pod.ts';
import { IDENTITY_ANNOTATION } from '../mesh/workload-identity.ts';
import { DEPLOYMENT_ANNOTATION } from '../rollout/held-pod-names.ts';
import { REVISION_ANNOTATION } from '../rollout/resolve-rollout.ts';
import { GRPC_RETRY_ATTEMPTS, GRPC_RETRY_ON } from '../route/grpc-retry.ts';
import { PROXY_PROTOCOL_ANNOTATION } from '../service/proxy-protocol.ts';
import { BALANCE_ANNOTATION } from '../service/resolve-balancing.ts';

/** Every annotation that Weir reads, by the kind of object that it stands on. */
export const KNOWN_ANNOTATIONS: Readonly<Partial<Record<KindName, readonly string[]>>> = {
  EndpointSlice: [IDENTITY_ANNOTATION, APPLICATION_ANNOTATION, UPSTREAMS_ANNOTATION, HTTP_PROXY_ANNOTATION],
  Gateway: [PROXY_SOURCES_ANNOTATION],
  GatewayClass: [OWNER_ANNOTATION],
  GRPCRoute: [GRPC_RETRY_ON, GRPC_RETRY_ATTEMPTS],
  Pod: [INJECTED_ANNOTATION, DEPLOYMENT_ANNOTATION],
  Service: [BALANCE_ANNOTATION, PROXY_PROTOCOL_ANNOTATION, REVISION_ANNOTATION],
};
