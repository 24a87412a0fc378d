// SPDX-License-Identifier: Apache-2.0
export { explain } from './explain.ts';
export type {
  Answer,
  BackendShare,
  ExplainedBackendTls,
  ExplainedListener,
  ExplainedPort,
  ExplainedRule,
  ExplainedStreamRule,
  Explanation,
  ExplainRequest,
  Miss,
  RequestRouteKind,
} from './explanation.ts';
export { isStreamUrl, parseStreamUrl } from './request/stream-url.ts';
export { listRoutes } from './routes/list-routes.ts';
export type { RouteRow } from './routes/list-routes.ts';
export { renderRoutes } from './routes/render-routes.ts';
export { renderExplanation } from './text/render-explanation.ts';
