// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { Priority } from '@weir/resilience';

/** Where balancers and Kubernetes ask whether something lives (the paths of Kubernetes itself), and gRPC (grpc.health.v1). */
const HEALTH_PATHS: ReadonlySet<string> = new Set(['/health', '/healthz', '/livez', '/readyz']);
const GRPC_HEALTH = '/grpc.health.v1.Health/';

/** The class of a request of which no policy says one: health checks are the last to be refused, as whoever fails them gets no traffic. */
export function defaultPriority({ request: { method, path } }: Exchange): Priority {
  if (path.startsWith(GRPC_HEALTH)) return 'critical';
  return (method === 'GET' || method === 'HEAD') && HEALTH_PATHS.has(path) ? 'critical' : 'normal';
}
