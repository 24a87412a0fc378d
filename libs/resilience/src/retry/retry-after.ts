// SPDX-License-Identifier: Apache-2.0
import type { Clock, HeaderList } from '@weir/base';

const SECONDS = /^[0-9]{1,9}$/;
/** An HTTP date (RFC 9110 §5.6.7) begins with the day's name; `Date.parse` would take much else for one. */
const DATE = /^[A-Z][a-z]{2,8},? /;
const MILLISECONDS = /^[0-9]{1,9}$/;

/**
 * How long a server asks to be left alone, in milliseconds: by Retry-After (RFC 9110 §10.2.3), seconds or a date by the wall clock; or by
 * `grpc-retry-pushback-ms` (gRFC A6), of which anything but a number means for ever. 0 = it does not say.
 */
export function retryAfterMs(headers: HeaderList, clock: Pick<Clock, 'wallMs'>): number {
  const pushback = headers.get('grpc-retry-pushback-ms');
  if (pushback !== undefined) return MILLISECONDS.test(pushback) ? Number(pushback) : Infinity;
  const text = headers.get('retry-after');
  if (text === undefined) return 0;
  if (SECONDS.test(text)) return Number(text) * 1000;
  const atMs = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - clock.wallMs());
}
