// SPDX-License-Identifier: Apache-2.0
import type { KindName } from '../../documents/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';

/** An object that is referred to and does not exist. */
export interface MissingObject {
  readonly kind: KindName;
  readonly namespace: string;
  readonly name: string;
  /** Namespace of what refers to it; absent = it may know all that is in the object's namespace. */
  readonly from?: string;
}

/** What was found, and what may have been meant: by what is called in a namespace, nobody from elsewhere is advised. */
export function describeMissing(
  lookup: Pick<Lookup, 'namesIn'>,
  { kind, namespace, name, from = namespace }: MissingObject,
): { message: string; hint: string } {
  const nearest = from === namespace ? nearestName(name, lookup.namesIn(kind, namespace)) : undefined;
  return {
    message: `names ${kind} \`${name}\`, which is not in namespace \`${namespace}\``,
    hint:
      nearest === undefined
        ? `add ${kind} \`${name}\` to namespace \`${namespace}\`, or name another`
        : `did you mean \`${nearest}\`?`,
  };
}
