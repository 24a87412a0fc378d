// SPDX-License-Identifier: Apache-2.0
import type { ResolvedFilter, ResolvedStreamBackendRef } from '../route/resolved-route.ts';
import { meshName } from './mesh-names.ts';
import type { CallerListener } from './mesh-names.ts';
import type { MeshedRule } from './resolve-mesh-half.ts';

/**
 * Why the receiver could not enforce what is attached to a route or a rule of it; undefined = it can. It sees requests as they arrive,
 * and knows the rule by its matches alone: who calls must not be able to pass it by what the rule itself does.
 */
export function obstacleOf(
  { backends, filters }: Pick<MeshedRule, 'backends' | 'filters'>,
  parent: CallerListener,
): string | undefined {
  if (parent.consumer !== undefined) {
    return `the route holds for callers from namespace \`${parent.consumer}\` alone, and who receives does not know of it`;
  }
  if (filters.some(({ kind }) => kind === 'requestRedirect')) {
    return 'the rule answers with a redirect, and nobody receives the request';
  }
  const all = [...filters, ...backends.flatMap(backend => backend.filters)];
  // A changed field can bring the request under another rule of another route, which asks less.
  if (all.some(({ kind }) => kind === 'urlRewrite' || kind === 'requestHeaderModifier')) {
    return 'the rule rewrites requests, and who receives sees them rewritten';
  }
  if (backends.some(backend => backend.filters.some(({ kind }) => kind === 'externalAuth'))) {
    return 'the rule asks for one of its backends alone';
  }
  const other = [...backends, ...all.flatMap(mirrorOf)].find(ref => !leadsTo(ref, parent));
  return other === undefined ? undefined : `the rule sends requests to ${other.label}, where nothing is known of it`;
}

type Reference = Pick<ResolvedStreamBackendRef, 'label' | 'target'>;

function mirrorOf(filter: ResolvedFilter): Reference | readonly Reference[] {
  if (filter.kind !== 'requestMirror') return [];
  const { target } = filter;
  return target === undefined ? [] : { target, label: meshName.label(target) };
}

/** What leads nowhere is answered by who calls. */
function leadsTo({ target }: Reference, parent: CallerListener): boolean {
  if (target === undefined) return true;
  return target.namespace === parent.namespace && target.service === parent.service && target.port === parent.port;
}
