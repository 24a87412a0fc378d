// SPDX-License-Identifier: Apache-2.0
import type { Field } from '../../frames/model/hpack-model.ts';
import type { WrittenRequest } from '../inputs/request-writer.ts';
import type { StreamAnswer } from '../lab/frame-client.ts';
import { comparableFields, expectRequest, type ExpectedRequest, isTunnel } from './expected-request.ts';

/** A request as the backend read it. */
export interface SeenRequest {
  /** Value of the field by which it is known again. */
  readonly caseId: string | undefined;
  readonly method: string;
  readonly target: string;
  readonly fields: readonly Field[];
  readonly body: string;
  readonly trailers: readonly Field[];
}

/** Says what is wrong about what came of a request, or nothing. */
export function judgeRequest(
  written: WrittenRequest,
  seen: readonly SeenRequest[],
  answer: StreamAnswer | undefined,
): string | undefined {
  const { verdict, because, request } = expectRequest(written);
  const [first, second] = seen;
  if (second !== undefined) return `the backend saw ${seen.length} requests`;
  const answerFault = isTunnel(written.fields) ? undefined : whyNoAnswer(answer, first !== undefined);
  if (answerFault !== undefined) return answerFault;
  if (first === undefined) return verdict === 'must' ? `it did not come through, although ${because}` : undefined;
  if (verdict === 'never') return `it came through, although it is malformed: ${because}`;
  return whyUnlike(first, request);
}

/** One final answer, or none and a reset; and no good news of what the backend has not seen. */
function whyNoAnswer(answer: StreamAnswer | undefined, isSeen: boolean): string | undefined {
  if (answer === undefined || (!answer.isComplete && answer.resetCode === undefined)) return 'it was not answered';
  const statuses = answer.sections.map(section => Number(section.find(([name]) => name === ':status')?.[1] ?? 0));
  const final = statuses.filter(status => status >= 200);
  if (final.length > 1) return `it was answered ${final.length} times`;
  if (final[0] === 200 && !isSeen) return 'it was answered with 200, and the backend has not seen it';
  return isSeen && final[0] !== 200 && answer.resetCode === undefined ? `the answer was ${String(final[0])}` : undefined;
}

function whyUnlike(seen: SeenRequest, expected: ExpectedRequest): string | undefined {
  if (seen.method !== expected.method) return `the backend saw method ${seen.method}`;
  if (!isSameTarget(seen.target, expected.target)) return `the backend saw target ${JSON.stringify(seen.target)}`;
  const fields = comparableFields(seen.fields);
  if (JSON.stringify(fields) !== JSON.stringify(expected.fields)) {
    return `the backend saw fields ${JSON.stringify(fields)} instead of ${JSON.stringify(expected.fields)}`;
  }
  return seen.body === expected.body ? undefined : `the backend saw body ${JSON.stringify(seen.body)}`;
}

/** The gateway may write a target in its normal form: one that URL takes for the same. */
export function isSameTarget(seen: string, sent: string): boolean {
  if (seen === sent) return true;
  if (!seen.startsWith('/') || /[^\x21-\x7e]/.test(seen) || !sent.startsWith('/')) return false;
  return readTarget(seen) === readTarget(sent);
}

/** Repeated slashes are one to the gateway; escapes of unreserved characters are these characters. */
function readTarget(target: string): string {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const plain = path.replace(/%[0-9a-f]{2}/gi, triplet => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : triplet.toUpperCase();
  });
  const url = new URL(`http://a${plain.replace(/\/+/g, '/')}`);
  return url.pathname + (mark === -1 ? '' : target.slice(mark));
}
