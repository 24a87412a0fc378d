// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { RequestHead } from '@weir/base';
import { hostFromAuthority, normaliseTarget } from '@weir/routing';
import { isMethod, isTargetText } from '../http1/head-syntax.ts';
import { isServerWide } from '../engine/server-options.ts';
import type { FieldBlock, FieldProblem } from './field-block.ts';

/** A request as it came in a header section. */
export interface ReceivedRequest {
  readonly head: RequestHead;
  /** `:path` as sent, for the log. */
  readonly target: string;
  /** Announced length of the body; undefined = none was announced. */
  readonly contentLength: number | undefined;
  readonly expectsContinue: boolean;
  /** Extended CONNECT (RFC 8441): the request is the handshake that HTTP/1.1 would make, and the body is what the client says after it. */
  readonly upgrade: 'websocket' | undefined;
}

const SERVER_WIDE_TARGET = { path: '*', query: undefined };
const DIGITS = /^[0-9]{1,15}$/;

/** A section that is no request at all (RFC 9113 §8.1.1): its stream is reset. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}

/**
 * Understands a header section as a request (RFC 9113 §8.3.1). Throws MalformedRequest for what the protocol forbids, and a Fault for
 * what is well formed but cannot be served: its client gets an answer.
 */
export function requestFromBlock(block: FieldBlock, scheme: 'http' | 'https', isEnd: boolean): ReceivedRequest {
  if (block.problem !== undefined) refuseProblem(block.problem);
  if (block.status !== undefined) throw new MalformedRequest(':status in a request');
  const upgrade = block.protocol === undefined ? undefined : upgradeOf(block, isEnd);
  const method = upgrade === undefined ? methodOf(block) : 'GET';
  const path = pathOf(block, method);
  const contentLength = contentLengthOf(block, isEnd);
  const authority = authorityOf(block);
  const target = isServerWide({ method, target: path }) ? SERVER_WIDE_TARGET : normaliseTarget(path);
  return {
    head: {
      method,
      scheme,
      authority,
      host: hostFromAuthority(authority),
      path: target.path,
      query: target.query,
      headers: block.headers,
    },
    target: path,
    contentLength,
    expectsContinue: expectsContinue(block),
    upgrade,
  };
}

function refuseProblem({ kind, detail }: FieldProblem): never {
  if (kind === 'malformed') throw new MalformedRequest(detail);
  throw new Fault(kind === 'pathTooLong' ? 'uri_too_long' : 'headers_too_large', detail);
}

function methodOf({ method }: FieldBlock): string {
  if (method === undefined || !isMethod(method)) {
    throw new MalformedRequest('no :method, or one that is no token');
  }
  return method;
}

function pathOf(block: FieldBlock, method: string): string {
  const { path, scheme } = block;
  if (method === 'CONNECT') refuseConnect(block);
  if (scheme === undefined || path === undefined || path === '') throw new MalformedRequest('no :scheme, or no :path');
  if (!isTargetText(path)) throw new MalformedRequest(':path with a forbidden character');
  const lowerCase = scheme.toLowerCase();
  if (lowerCase !== 'http' && lowerCase !== 'https') throw new Fault('bad_request', 'a :scheme other than http and https');
  // Absolute form is a matter of HTTP/1.1: two hosts in one request are one too many.
  if (!path.startsWith('/') && !isServerWide({ method, target: path })) {
    throw new Fault('bad_request', ':path does not begin with /');
  }
  return path;
}

/** RFC 8441 §4. */
function upgradeOf({ protocol, method }: FieldBlock, isEnd: boolean): 'websocket' {
  if (method !== 'CONNECT') throw new MalformedRequest(':protocol without CONNECT');
  if (protocol !== 'websocket') throw new Fault('not_implemented', 'CONNECT with another :protocol than websocket');
  if (isEnd) throw new MalformedRequest('a tunnel that ends where it begins');
  return protocol;
}

/** RFC 9113 §8.5. */
function refuseConnect({ path, scheme, authority }: FieldBlock): never {
  if (path !== undefined || scheme !== undefined || authority === undefined) {
    throw new MalformedRequest('CONNECT with :path or :scheme, or without :authority');
  }
  throw new Fault('not_implemented', 'CONNECT is not served');
}

/** Where both are sent, they must be the same (RFC 9113 §8.3.1): who routes by one must not forward the other. */
function authorityOf({ authority, host }: FieldBlock): string {
  const pseudo = authority?.toLowerCase();
  const field = host?.toLowerCase();
  if (pseudo !== undefined && field !== undefined && pseudo !== field) throw new MalformedRequest(':authority and host differ');
  const either = pseudo ?? field;
  if (either === undefined || either === '') throw new Fault('bad_request', 'neither :authority nor host');
  return either;
}

function contentLengthOf({ contentLength }: FieldBlock, isEnd: boolean): number | undefined {
  if (contentLength === undefined) return isEnd ? 0 : undefined;
  if (!DIGITS.test(contentLength)) throw new MalformedRequest('content-length is no plain number');
  const length = Number(contentLength);
  if (isEnd && length !== 0) throw new MalformedRequest('content-length without a body');
  return length;
}

/** RFC 9110 §10.1.1. */
function expectsContinue({ expect }: FieldBlock): boolean {
  if (expect === undefined) return false;
  if (expect.toLowerCase() !== '100-continue') throw new Fault('expectation_failed', 'unknown expectation');
  return true;
}
