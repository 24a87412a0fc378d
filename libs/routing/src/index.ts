// SPDX-License-Identifier: Apache-2.0
export { compareHostnames, coversHost } from './hostname/covers-host.ts';
export { admitRequest, selectListener } from './listener/select-listener.ts';
export type { Admission } from './listener/select-listener.ts';
export { hasOneTlsKind, PASSTHROUGH_KIND, tlsKindOf } from './listener/tls-kind.ts';
export { entryFromRule, tableForListener } from './listener/table-for-listener.ts';
export { checkMatch } from './match/check-match.ts';
export type { PartCheck } from './match/check-match.ts';
export { isTriedLast } from './match/is-tried-last.ts';
export { SplitMatcher } from './split/split-matcher.ts';
export { normalisePath } from './target/normalise-path.ts';
export { hostFromAuthority, normaliseTarget } from './target/normalise-target.ts';
export type { NormalisedTarget } from './target/normalise-target.ts';
export { entryFromStreamRule, StreamTable } from './stream/stream-table.ts';
export type { StreamEntry } from './stream/stream-table.ts';
export { RouteTable } from './table/route-table.ts';
export type { RouteTableEdit } from './table/route-table.ts';
export { pathPatternOf } from './table/route-entry.ts';
export type { Found, RouteEntry, RouteQuery } from './table/route-entry.ts';
