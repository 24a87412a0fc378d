// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { documentWords } from '../../documents/index.ts';
import type { Issue } from '../../resolve/index.ts';

/** Says of an issue where its words are written. */
export function problemFromIssue({ document, severity, code, path, message, hint }: Issue): Problem {
  return Object.freeze({
    severity,
    code,
    ...document.source.locate(path),
    object: documentWords(document),
    path,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
}
