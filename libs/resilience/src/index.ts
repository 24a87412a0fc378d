// SPDX-License-Identifier: Apache-2.0
export {
  BackendMemory,
  backendMemoryBytes,
  breakerWordAt,
  COLUMN,
  resetBackendSlot,
  zeroBackendColumn,
} from './backend-memory/backend-memory.ts';
export type { BackendCells } from './backend-memory/backend-memory.ts';
export { createBreakerLayer } from './breaker/breaker-layer.ts';
export { stateOf } from './breaker/breaker-word.ts';
export type { BreakerState } from './breaker/breaker-word.ts';
export { CircuitBreaker } from './breaker/circuit-breaker.ts';
export { WatchedCall } from './breaker/watched-call.ts';
export type { CallJudgement } from './breaker/call-judgement.ts';
export { Fuse } from './fuse/fuse.ts';
export {
  clientKeyOfAddress,
  clientKeyReader,
  formatClientKey,
  parseClientKey,
  saltOf,
  splitPointOf,
} from './split/client-key.ts';
export { ConnectionGate } from './concurrency/connection-gate.ts';
export type { IdleConnections, Waiter } from './concurrency/connection-gate.ts';
export { createParallelLimitLayer } from './concurrency/parallel-limit-layer.ts';
export { SharedCount } from './concurrency/shared-count.ts';
export { faultedCall } from './refusal/faulted-call.ts';
export { EndpointLatency } from './balance/endpoint-latency.ts';
export { EndpointUtilization } from './balance/endpoint-utilization.ts';
export type { EndpointPicker, EndpointPickerOptions } from './balance/endpoint-picker.ts';
export { hashKeyOfClient, hashKeyReader } from './balance/hash-key.ts';
export { MeasuredCall } from './balance/measured-call.ts';
export { ownZoneOf } from './balance/own-zone.ts';
export type { ProxyPlace } from './balance/own-zone.ts';
export { pickUntried } from './balance/pick-untried.ts';
export { ReportingCall } from './balance/reporting-call.ts';
export { createWeightedPicker } from './balance/weighted-picker.ts';
export { createZonePicker } from './balance/zone-picker.ts';
export { callFields, callSettings } from './call-settings.ts';
export type { CallField, CallFields, CallSettings, RetrySpec } from './call-settings.ts';
export { clearPlaceColumn, createPlaceBuffer } from './concurrency/place-buffer.ts';
export type { PlaceTableSize } from './concurrency/place-buffer.ts';
export { PlaceGate } from './concurrency/place-gate.ts';
export type { PlaceVisit, VisitState } from './concurrency/place-gate.ts';
export type { PlaceLimit, PlaceLimitSpec } from './concurrency/place-limit.ts';
export { SharedPlaces } from './concurrency/shared-places.ts';
export type { EndpointLoads } from './loads/endpoint-loads.ts';
export { createSharedLoads, sharedLoadsBytes, zeroColumn } from './loads/shared-loads.ts';
export type { SharedLoadsLayout } from './loads/shared-loads.ts';
export { createSlotAllocator } from './loads/slot-allocator.ts';
export type { SlotAllocator } from './loads/slot-allocator.ts';
export { createRateBuffer } from './rate-limit/rate-buffer.ts';
export type { RateTableSize } from './rate-limit/rate-buffer.ts';
export { MAX_QUOTA, compileRateLimit } from './rate-limit/rate-limit.ts';
export type {
  RateLimit,
  RateWindow,
  RateWindowSpec,
  SlidingWindow,
  SlidingWindowSpec,
  TokenBucketSpec,
  TokenBucketWindow,
} from './rate-limit/rate-limit.ts';
export { formatRateLimit, formatRateLimitPolicy, formatRetryAfter } from './rate-limit/rate-limit-fields.ts';
export { REDIS_KEY_PREFIX } from './rate-limit/redis-script.ts';
export { createSharedLimiter } from './rate-limit/shared-limiter.ts';
export type {
  CallGuard,
  RedisScripts,
  SharedDecision,
  SharedLimiter,
  SharedLimiterOptions,
} from './rate-limit/shared-limiter.ts';
export { SWEEP_PERIOD_MS, SharedRateTable } from './rate-limit/shared-rate-table.ts';
export type { RateCharge, RateDecision, RateState } from './rate-limit/rate-state.ts';
export { createDeadlineLayer } from './deadline/announce-deadline.ts';
export { createIdleLayer } from './idle/idle.ts';
export { createStreamTimeoutLayer } from './stream/stream.ts';
export { RETRY_BUDGET, RetryBudget } from './retry/retry-budget.ts';
export { OverloadMonitor, PRESSURES, PRIORITIES } from './overload/overload-monitor.ts';
export type { Pressure, Priority } from './overload/overload-monitor.ts';
export { StandingDelay } from './overload/standing-delay.ts';
export type { RetryBudgetOptions } from './retry/retry-budget.ts';
export { createRetryLayer, createUnprocessedRetryLayer } from './retry/retry.ts';
export type { RetryOptions } from './retry/retry.ts';
export { openSession } from './session/open-session.ts';
export { SessionCall } from './session/session-call.ts';
export { SessionEndpoints } from './session/session-endpoints.ts';
export { createTimeoutLayer } from './timeout/timeout.ts';
export type { TimeoutOptions } from './timeout/timeout.ts';
export { AvailablePicker } from './health/available-picker.ts';
export type { Availability } from './health/available-picker.ts';
export { CheckVerdict } from './health/check-verdict.ts';
export { EJECTION_REASONS, EndpointCell } from './health/endpoint-cell.ts';
export type { EjectionReason } from './health/endpoint-cell.ts';
export { GroupKeeper } from './health/group-keeper.ts';
export type { HealthCounts, HealthMemory } from './health/group-keeper.ts';
export type { HealthChange } from './health/health-change.ts';
export { HealthGroup } from './health/health-group.ts';
export { ObservedCall } from './health/observed-call.ts';
export { OutcomeRecorder } from './health/outcome-recorder.ts';
