// SPDX-License-Identifier: Apache-2.0
import type { Document, KindName } from '../../documents/index.ts';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import type { Issue } from '../issue.ts';
import { KNOWN_ANNOTATIONS } from './known-annotations.ts';

/** Names of Weir's own annotations begin so; all others are somebody else's. */
const PREFIX = 'weir.dev/';

/** Annotations that look like Weir's, and that it does not read: whoever wrote one counts on something that does not happen. */
export function annotationIssues(document: Document): readonly Issue[] {
  const known = KNOWN_ANNOTATIONS[document.kind] ?? [];
  return Object.keys(document.annotations)
    .filter(name => name.startsWith(PREFIX) && !known.includes(name))
    .map(name => ({
      document,
      severity: 'warning',
      code: 'annotation-unknown',
      path: `metadata.annotations.${name}`,
      message: `annotation ${name} has no effect on a ${document.kind}`,
      hint: adviceFor(name, document.kind),
    }));
}

/** Another name, another kind of object, or what there is at all. */
function adviceFor(name: string, kind: KindName): string {
  const known = KNOWN_ANNOTATIONS[kind] ?? [];
  const homes = Object.entries(KNOWN_ANNOTATIONS).flatMap(([home, names]) => (names.includes(name) ? [home] : []));
  if (homes.length > 0) return `write it on a ${homes.join(' or a ')}`;
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `did you mean \`${nearest}\`?`;
  return known.length === 0 ? `leave it out: Weir reads no annotation of a ${kind}` : `known are ${known.join(', ')}`;
}
