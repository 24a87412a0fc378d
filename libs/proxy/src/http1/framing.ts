// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { FaultCode } from '@weir/base';
import type { FramingFields } from './fields.ts';

/** Body of unknown length in chunks. */
export const CHUNKED = -1;
/** Body that ends with the connection; responses only. */
export const UNTIL_CLOSE = -2;
/** Bytes of a body, or CHUNKED or UNTIL_CLOSE. */
export type BodyLength = number;

const DIGITS = /^[0-9]{1,15}$/;

/** A request's body length (RFC 9112 §6.3). Whatever two parties could read differently is refused: that is how requests are smuggled. */
export function requestBodyLength(framing: FramingFields, minorVersion: number): BodyLength {
  if (framing.transferEncoding === undefined) {
    return framing.contentLength === undefined ? 0 : parseContentLength(framing, 'bad_request');
  }
  if (framing.contentLength !== undefined) throw new Fault('bad_request', 'content-length together with transfer-encoding');
  if (minorVersion === 0) throw new Fault('bad_request', 'transfer-encoding in an HTTP/1.0 request');
  assertChunkedOnly(framing, 'bad_request', 'not_implemented');
  return CHUNKED;
}

/** What a response's body length depends on beside its fields. */
export interface ResponseContext {
  readonly requestMethod: string;
  readonly status: number;
}

/** A response's body length (RFC 9112 §6.3), as strict as a request's. */
export function responseBodyLength(framing: FramingFields, context: ResponseContext): BodyLength {
  if (framing.transferEncoding !== undefined) {
    if (framing.contentLength !== undefined) {
      throw new Fault('upstream_protocol_error', 'content-length together with transfer-encoding in a response');
    }
    assertChunkedOnly(framing, 'upstream_protocol_error', 'upstream_protocol_error');
  }
  const declared = framing.contentLength === undefined ? undefined : parseContentLength(framing, 'upstream_protocol_error');
  if (hasNoBody(context)) return 0;
  if (framing.transferEncoding !== undefined) return CHUNKED;
  return declared ?? UNTIL_CLOSE;
}

/** Responses that never have a body, whatever their fields say (RFC 9110 §6.4.1). */
export function hasNoBody({ requestMethod, status }: ResponseContext): boolean {
  return requestMethod === 'HEAD' || status === 204 || status === 304 || status < 200;
}

/** The declared length. Throws `malformed` on several fields, lists, signs or more than 15 digits. */
export function parseContentLength(framing: FramingFields, malformed: FaultCode): number {
  if (framing.contentLengthCount !== 1) throw new Fault(malformed, 'several content-length fields');
  const text = framing.contentLength ?? '';
  if (!DIGITS.test(text)) throw new Fault(malformed, 'content-length is not a plain number');
  return Number(text);
}

function assertChunkedOnly(framing: FramingFields, malformed: FaultCode, unsupported: FaultCode): void {
  if (framing.transferEncodingCount !== 1) throw new Fault(malformed, 'several transfer-encoding fields');
  const coding = framing.transferEncoding ?? '';
  if (coding.toLowerCase() === 'chunked') return;
  const isKnownList = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*$/.test(coding);
  // Another coding under the last chunked is well formed but not for us; anything else hides a disagreement on where the body ends.
  const isLastChunked = /,[ \t]*chunked$/i.test(coding) && !/chunked[ \t]*,/i.test(coding);
  throw new Fault(isKnownList && isLastChunked ? unsupported : malformed, 'transfer-encoding other than chunked');
}
