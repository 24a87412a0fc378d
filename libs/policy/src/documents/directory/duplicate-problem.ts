// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { documentWords } from '../document.ts';
import type { Document } from '../document.ts';

interface Known {
  readonly first: Document;
  readonly problem: Problem;
}

/** A copied folder has thousands of these: each is put into words once. */
const known = new WeakMap<Document, Known>();

/** Says of an object that it is written a second time, and where the first is. */
export function duplicateProblem(document: Document, first: Document): Problem {
  const found = known.get(document);
  if (found?.first === first) return found.problem;
  const problem = describe(document, first);
  known.set(document, { first, problem });
  return problem;
}

function describe(document: Document, { source: first }: Document): Problem {
  const object = documentWords(document);
  const path = 'metadata.name';
  return {
    severity: 'error',
    code: 'duplicate-object',
    ...document.source.locate(path),
    object,
    path,
    message: `${object} is written twice: here and in ${first.label}`,
    hint: 'leave one of them out, or give it another name; the other one counts until then',
  };
}
