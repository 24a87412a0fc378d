// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { ResponseHead } from '@weir/base';
import { hasNoBody } from '../http1/framing.ts';
import type { FieldBlock } from './field-block.ts';

const STATUS = /^[1-9][0-9]{2}$/;
const DIGITS = /^[0-9]{1,15}$/;

/** A response head, and how long its body is to be; undefined = it ends when it ends. */
export interface ReceivedResponse {
  readonly head: ResponseHead;
  readonly bodyLength: number | undefined;
}

/** Understands a header section as a response to `method` (RFC 9113 §8.3.2). Throws Fault `upstream_protocol_error`. */
export function responseFromBlock(block: FieldBlock, method: string, isEnd: boolean): ReceivedResponse {
  const status = statusOf(block);
  if (status < 200 && isEnd) throw malformed('an interim response that ends the stream');
  const { headers } = block;
  const declared = declaredLength(block);
  if (hasNoBody({ requestMethod: method, status })) return { head: { status, headers, contentLength: declared }, bodyLength: 0 };
  if (isEnd && declared !== undefined && declared !== 0) throw malformed('content-length without a body');
  const contentLength = isEnd ? 0 : declared;
  return { head: { status, headers, contentLength }, bodyLength: contentLength };
}

function statusOf(block: FieldBlock): number {
  if (block.problem !== undefined) throw malformed(block.problem.detail);
  const { status } = block;
  const requestField = block.method ?? block.path ?? block.scheme ?? block.authority ?? block.protocol;
  if (status === undefined || !STATUS.test(status) || requestField !== undefined) {
    throw malformed('no :status, or more than that');
  }
  if (status === '101') throw malformed('status 101, which HTTP/2 does not have');
  return Number(status);
}

function declaredLength({ contentLength }: FieldBlock): number | undefined {
  if (contentLength === undefined) return undefined;
  if (!DIGITS.test(contentLength)) throw malformed('content-length is no plain number');
  return Number(contentLength);
}

function malformed(detail: string): Fault {
  return new Fault('upstream_protocol_error', `malformed response: ${detail}`);
}
