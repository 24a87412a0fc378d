// SPDX-License-Identifier: Apache-2.0

/** The static table (RFC 7541 Appendix A), `name` or `name=value`, the first at index 1. */
const ENTRIES = `:authority
:method=GET
:method=POST
:path=/
:path=/index.html
:scheme=http
:scheme=https
:status=200
:status=204
:status=206
:status=304
:status=400
:status=404
:status=500
accept-charset
accept-encoding=gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`
  .split('\n')
  .map(line => {
    const at = line.indexOf('=');
    return at === -1 ? { name: line, value: '' } : { name: line.slice(0, at), value: line.slice(at + 1) };
  });

/** By index minus 1. */
export const STATIC_NAMES: readonly string[] = ENTRIES.map(({ name }) => name);
export const STATIC_VALUES: readonly string[] = ENTRIES.map(({ value }) => value);
export const STATIC_COUNT = ENTRIES.length;

/** Index of the first entry with a name. */
export const STATIC_INDEX_OF_NAME: ReadonlyMap<string, number> = new Map(
  ENTRIES.map(({ name }, i) => [name, i + 1] as const).toReversed(),
);

/** Index of the entry with a name and a value, by `name=value`. Only those with a value. */
export const STATIC_INDEX_OF_FIELD: ReadonlyMap<string, number> = new Map(
  ENTRIES.flatMap(({ name, value }, i) => (value === '' ? [] : [[`${name}=${value}`, i + 1] as const])),
);
