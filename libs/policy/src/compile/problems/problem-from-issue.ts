// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Issue } from '../../resolve/index.ts';

/** Says of an issue where its words are written. */
export function problemFromIssue({ document, severity, code, path, message, hint }: Issue): Problem {
  const { kind, namespace, name, source } = document;
  return Object.freeze({
    severity,
    code,
    ...source.locate(path),
    object: namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`,
    path,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
}
