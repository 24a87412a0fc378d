// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Document } from '../document.ts';
import type { KindName } from '../kinds/kinds.ts';

/** Kinds of which a document that goes may open something. */
const GUARDS: ReadonlySet<KindName> = new Set<KindName>(['AccessPolicy', 'BackendTLSPolicy', 'TrafficPolicy']);

/**
 * Whether a document stays in force while some file cannot be read whole: it may have moved into that file, whose new content does not
 * count yet.
 */
export function isGuard({ kind }: Document): boolean {
  return GUARDS.has(kind);
}

export function heldProblem({ kind, namespace, name, source }: Document): Problem {
  const { file } = source.locate('');
  return {
    severity: 'warning',
    code: 'removal-held',
    ...(file === undefined ? {} : { file }),
    object: `${kind} ${namespace}/${name}`,
    message: `${kind} ${namespace}/${name} is in no file any more and stays in force, as long as another file has errors`,
    hint: 'mend the errors: it may have moved there',
  };
}
