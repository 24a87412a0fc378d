// SPDX-License-Identifier: Apache-2.0
import { CLIENT_KEY_FIELD, CONTEXT_FIELD, TIMEOUT_FIELD } from './weir-fields.ts';

/**
 * What says where a request comes from, who sent it, and what it was before a proxy. Weir writes some of them itself; frameworks
 * believe them all. `proxy` becomes HTTP_PROXY in CGI (CVE-2016-5385). And how long there is for an answer, which no client may cut short.
 */
export const FORWARDING_FIELDS: ReadonlySet<string> = new Set([
  'cf-connecting-ip',
  'client-ip',
  'fastly-client-ip',
  'forwarded',
  'forwarded-for',
  'front-end-https',
  'proxy',
  'true-client-ip',
  TIMEOUT_FIELD,
  CONTEXT_FIELD,
  CLIENT_KEY_FIELD,
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-forwarded',
  'x-forwarded-access-token',
  'x-forwarded-by',
  'x-forwarded-client-cert',
  'x-forwarded-email',
  'x-forwarded-for',
  'x-forwarded-groups',
  'x-forwarded-host',
  'x-forwarded-method',
  'x-forwarded-path',
  'x-forwarded-port',
  'x-forwarded-preferred-username',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-forwarded-uri',
  'x-forwarded-user',
  'x-host',
  'x-http-host-override',
  'x-original-host',
  'x-original-uri',
  'x-original-url',
  'x-originating-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-request-id',
  'x-rewrite-url',
  'x-scheme',
  'x-url-scheme',
]);

/** Of these, those that Weir writes itself. */
export const WRITTEN_FORWARDING_FIELDS: ReadonlySet<string> = new Set([
  'forwarded',
  TIMEOUT_FIELD,
  CONTEXT_FIELD,
  CLIENT_KEY_FIELD,
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
]);

/** Of these, those by which a proxy that has logged somebody in tells who it is. */
const IDENTITY_FIELDS: ReadonlySet<string> = new Set([
  'x-forwarded-access-token',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-preferred-username',
  'x-forwarded-user',
]);

/** Of these, those by which a caller would pass for somebody else: what a login has found, and whose certificate a proxy has seen. */
export const CALLER_FIELDS: ReadonlySet<string> = new Set([...IDENTITY_FIELDS, 'x-forwarded-client-cert']);

/** They frame a message or belong to one connection: the codec alone writes them (RFC 9110 §7.6.1, RFC 9112 §6). */
const CODEC_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a field of a message is the codec's; pseudo-header fields of HTTP/2 are. */
export function isCodecField(name: string): boolean {
  return name.startsWith(':') || CODEC_FIELDS.has(name);
}

/**
 * Whether a field of a request is not for a service to change that is asked about it: where it goes was decided before, and where it
 * comes from is not theirs to say. Who its caller is, is.
 */
export function isProtectedRequestField(name: string): boolean {
  if (name === 'host' || isCodecField(name)) return true;
  return FORWARDING_FIELDS.has(name) && !IDENTITY_FIELDS.has(name);
}
