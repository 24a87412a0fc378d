// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import { FORWARDING_FIELDS } from '@weir/base';

/**
 * Fields that mean nothing good behind a body (RFC 9110 §6.5.1): they route, authenticate, ask, cache or describe the content, or
 * are Weir's own words. A recipient that merges trailers into the head would believe them.
 */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  ...FORWARDING_FIELDS,
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expires',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'location',
  'max-forwards',
  'origin',
  'pragma',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'retry-after',
  'set-cookie',
  'traceparent',
  'tracestate',
  'trailer',
  'vary',
  'warning',
  'www-authenticate',
]);

/** Drops from a trailer section what must not stand there. */
export function cleanTrailers(trailers: HeaderList | undefined): HeaderList | undefined {
  trailers?.removeAny(NOT_IN_TRAILERS);
  return trailers;
}
