// SPDX-License-Identifier: Apache-2.0
export { diffPolicies } from './diff/diff-policies.ts';
export { changesOf, isWeakening } from './diff/policy-diff.ts';
export type { Change, Compiled, Effect, ObjectDiff, PlaceDiff, PolicyDiff, RuleDiff } from './diff/policy-diff.ts';
export { renderDiff } from './diff/render-diff.ts';
export { explain } from './explain.ts';
export type {
  Answer,
  BackendShare,
  ExplainedBackendTls,
  ExplainedListener,
  ExplainedMesh,
  ExplainedPort,
  ExplainedReceiver,
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
