// SPDX-License-Identifier: Apache-2.0
export { anyAddress, hasIpv6 } from './addresses/any-address.ts';
export { isLoopback } from './addresses/is-loopback.ts';
export { Fault, FAULTS } from './faults/fault.ts';
export type { Blame, FaultCode } from './faults/fault.ts';
export { bucketsOfRatio, latencyBucket, latencyOfBucket, MAX_LATENCY_BUCKET } from './units/latency-bucket.ts';
export { systemClock } from './ports/clock.ts';
export type { Clock, Timer } from './ports/clock.ts';
export { Backoff } from './ports/backoff.ts';
export type { BackoffSettings } from './ports/backoff.ts';
export { createSystemRandom } from './ports/random.ts';
export type { Random } from './ports/random.ts';
export { HeaderList } from './exchange/header-list.ts';
export type { RequestHead, ResponseHead } from './exchange/heads.ts';
export type { BodySink, RequestBody } from './exchange/body.ts';
export {
  CALLER_FIELDS,
  FORWARDING_FIELDS,
  isCodecField,
  isProtectedRequestField,
  WRITTEN_FORWARDING_FIELDS,
} from './exchange/forwarding-fields.ts';
export { cookiePairs, cookieValues, nameOfCookie } from './exchange/cookies.ts';
export { isGrpc } from './exchange/grpc-call.ts';
export { isRepeatable } from './exchange/repetition.ts';
export { isStreamAnswer } from './exchange/stream-answer.ts';
export {
  isMarkedExhausted,
  markExhausted,
  takeToldFault,
  tellFault,
  CLIENT_KEY_FIELD,
  CONTEXT_FIELD,
  TIMEOUT_FIELD,
} from './exchange/weir-fields.ts';
export type { ClientCertificate } from './exchange/client-certificate.ts';
export { Exchange } from './exchange/exchange.ts';
export type { Downstream, Served } from './exchange/exchange.ts';
export { NO_HOLDS } from './exchange/hold.ts';
export type { Hold } from './exchange/hold.ts';
export { claimTexts, findClaim, scalarText } from './exchange/find-claim.ts';
export { NO_IDENTITIES } from './exchange/identity.ts';
export type { Identity } from './exchange/identity.ts';
export type { Session } from './exchange/session.ts';
export type { Trace } from './exchange/trace.ts';
export { Ways } from './exchange/way.ts';
export type { Way } from './exchange/way.ts';
export { CONTINUE } from './exchange/filter.ts';
export type { Filter, Verdict } from './exchange/filter.ts';
export { stack } from './exchange/dispatch.ts';
export { PassingCall, PassingHandler } from './exchange/passing-call.ts';
export type { Dispatch, Layer, ResponseHandler, UpstreamCall } from './exchange/dispatch.ts';
export { ChangingNote, ChangingNotes } from './problems/changing-note.ts';
export type { Problem } from './problems/problem.ts';
export { problemWords } from './problems/problem-words.ts';
export { faultWords, reasonWords } from './problems/reason-words.ts';
export { ProblemWatch } from './problems/problem-watch.ts';
export type { ProblemNews } from './problems/problem-watch.ts';
export { parseByteSize } from './units/byte-size.ts';
export { formatDuration, isDuration, parseDuration } from './units/duration.ts';
