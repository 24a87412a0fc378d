// SPDX-License-Identifier: Apache-2.0
import type { Field } from './hpack-model.ts';

/** Why a section is malformed (RFC 9113 §8.1.1), or undefined. */
type Fault = string | undefined;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const CONNECTION_FIELDS = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']);
const REQUEST_PSEUDO = new Set([':method', ':scheme', ':authority', ':path', ':protocol']);
const RESPONSE_PSEUDO = new Set([':status']);

/** A request's header section (§8.3.1, RFC 8441 §4). */
export function whyNoRequest(fields: readonly Field[], isEnd: boolean): Fault {
  return whyNoSection(fields, REQUEST_PSEUDO) ?? whyNoTarget(fields, isEnd) ?? whyNoLength(fields, isEnd);
}

/** A response's header section (§8.3.2). */
export function whyNoResponse(fields: readonly Field[], isEnd: boolean, method: string): Fault {
  const status = only(fields, ':status');
  if (status === undefined || !/^[1-9][0-9][0-9]$/.test(status)) return 'no :status';
  if (status === '101') return '101 does not exist in HTTP/2';
  if (status.startsWith('1') && isEnd) return 'an interim response that ends the stream';
  const isBodiless = status.startsWith('1') || status === '204' || status === '304' || method === 'HEAD';
  return whyNoSection(fields, RESPONSE_PSEUDO) ?? whyNoLength(fields, isEnd && !isBodiless);
}

/** A trailer section (§8.1). */
export function whyNoTrailers(fields: readonly Field[], isEnd: boolean): Fault {
  return isEnd ? whyNoSection(fields, new Set()) : 'a trailer section that does not end the stream';
}

/** What Weir refuses beyond that, each for a reason; undefined where it has none. */
export function whyStricter(fields: readonly Field[]): Fault {
  return STRICTER.find(({ applies }) => applies(fields))?.name;
}

/** What a person would call sound: nothing of that may be refused. */
const PLAIN_PATH = /^(?:\/(?!\.)(?:[\w\-.~!$&'()*+,;=:@]|%2[0F])*)+(?:\?[\w\-.~!$&'()*+,;=:@/?%]*)?$/;
const PLAIN_AUTHORITY = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/i;
const MAX_FIELDS = 128;
const MAX_BYTES = 65_536;
const MAX_PATH_BYTES = 16_384;
const FIELD_OVERHEAD = 32;

const STRICTER: readonly { readonly name: string; readonly applies: (fields: readonly Field[]) => boolean }[] = [
  {
    // RFC 9110 §5.5: a recipient may refuse them.
    name: 'a control character in a value',
    applies: fields => fields.some(([, value]) => /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(value)),
  },
  {
    // Equal ones too: who joins them reads another value.
    name: 'several content-length or host fields',
    applies: fields => ['content-length', 'host'].some(wanted => fields.filter(([name]) => name === wanted).length > 1),
  },
  {
    // Longer numbers are not exact.
    name: 'a content-length beyond all bounds',
    applies: fields => fields.some(([name, value]) => name === 'content-length' && value.length > 15),
  },
  {
    name: 'a method or target that HTTP/1.1 could not say',
    applies: fields => /[^\x21-\x7e]/.test(only(fields, ':path') ?? '') || (only(fields, ':method') ?? '').length > 32,
  },
  {
    name: 'a path beyond the limit',
    applies: fields => (only(fields, ':path') ?? '').length > MAX_PATH_BYTES,
  },
  {
    name: 'more fields than the limits allow',
    applies: fields =>
      fields.length > MAX_FIELDS ||
      fields.reduce((sum, [name, value]) => sum + name.length + value.length + FIELD_OVERHEAD, 0) > MAX_BYTES,
  },
];

/** Why a request that is well formed is answered with 4xx or 501 (or reset, where not even that gets through the window). */
export function whyUnserved(fields: readonly Field[]): Fault {
  const [method, path = '', scheme = '', authority] = [':method', ':path', ':scheme', ':authority'].map(name =>
    only(fields, name),
  );
  if (method === 'CONNECT') return 'a tunnel';
  if (!/^https?$/i.test(scheme)) return 'another scheme than http and https';
  if (method === 'OPTIONS' && path === '*') return 'a question to the gateway itself';
  if (!PLAIN_PATH.test(path)) return 'a path with more than one reading';
  if (!PLAIN_AUTHORITY.test(authority ?? only(fields, 'host') ?? '')) return 'an authority that is not host or host:port';
  return hasExpectation(fields) ? 'an expectation other than 100-continue' : undefined;
}

/** The value of a field that comes once; undefined where there is none, or several. */
export function only(fields: readonly Field[], name: string): string | undefined {
  const found = fields.filter(field => field[0] === name);
  return found.length === 1 ? found[0]?.[1] : undefined;
}

/** The announced length; undefined where there is none that could be believed. */
export function declaredLength(fields: readonly Field[]): number | undefined {
  const value = only(fields, 'content-length');
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}

function hasExpectation(fields: readonly Field[]): boolean {
  const expectations = fields.filter(([name]) => name === 'expect').map(([, value]) => value.toLowerCase());
  return expectations.length > 0 && expectations.join() !== '100-continue';
}

function whyNoSection(fields: readonly Field[], allowed: ReadonlySet<string>): Fault {
  const firstRegular = fields.findIndex(([name]) => !name.startsWith(':'));
  const pseudo = firstRegular === -1 ? fields : fields.slice(0, firstRegular);
  const names = pseudo.map(([name]) => name);
  const unknown = names.find(name => !allowed.has(name));
  if (unknown !== undefined) return `${unknown} is not known here`;
  if (new Set(names).size < names.length) return 'a pseudo-header field twice';
  const value = fields.find(field => /[\0\r\n]/.test(field[1]) || /^[ \t]|[ \t]$/.test(field[1]));
  if (value !== undefined) return `a value of ${value[0]} with a forbidden character`;
  return fields
    .slice(pseudo.length)
    .map(whyNoRegular)
    .find(reason => reason !== undefined);
}

function whyNoRegular([name, value]: Field): Fault {
  if (name.startsWith(':')) return `${name} behind a regular field`;
  if (!TOKEN.test(name) || /[A-Z]/.test(name)) return `${JSON.stringify(name)} is no name`;
  if (CONNECTION_FIELDS.has(name)) return `${name} is of HTTP/1.1`;
  return name === 'te' && value.toLowerCase() !== 'trailers' ? 'te other than trailers' : undefined;
}

function whyNoTarget(fields: readonly Field[], isEnd: boolean): Fault {
  const method = only(fields, ':method');
  if (method === undefined || !TOKEN.test(method)) return 'no :method';
  const hasProtocol = fields.some(([name]) => name === ':protocol');
  if (hasProtocol && (method !== 'CONNECT' || isEnd)) return ':protocol without a tunnel';
  if (method === 'CONNECT' && !hasProtocol) return whyNoTunnel(fields);
  if (only(fields, ':scheme') === undefined || (only(fields, ':path') ?? '') === '') return 'no :scheme or :path';
  return whyTwoHosts(fields);
}

/** §8.3.1. */
function whyTwoHosts(fields: readonly Field[]): Fault {
  const authority = only(fields, ':authority');
  const host = fields.find(([name]) => name === 'host')?.[1];
  if (authority === undefined || host === undefined) return undefined;
  return authority.toLowerCase() === host.toLowerCase() ? undefined : ':authority and host differ';
}

/** §8.5. */
function whyNoTunnel(fields: readonly Field[]): Fault {
  const hasTarget = [':path', ':scheme'].some(name => only(fields, name) !== undefined);
  return hasTarget || only(fields, ':authority') === undefined ? 'CONNECT with a target' : undefined;
}

function whyNoLength(fields: readonly Field[], isEnd: boolean): Fault {
  const lengths = fields.filter(([name]) => name === 'content-length').map(([, value]) => value);
  const [length] = lengths;
  if (length === undefined) return undefined;
  if (!/^[0-9]+$/.test(length) || lengths.some(other => other !== length)) return 'no sound content-length';
  return isEnd && Number(length) !== 0 ? 'content-length without a body' : undefined;
}
