// SPDX-License-Identifier: Apache-2.0
import type { AccessPart } from '../../snapshot/index.ts';
import type { Issue, IssueOfDocument } from '../issue.ts';
import type { ResolvedChain } from './merge-access.ts';
import type { Relaxation } from './relaxations.ts';
import type { ResolvedAccessPolicy } from './resolve-access-policy.ts';

/**
 * Warnings about what a policy wants relaxed and what is nowhere relaxed by it. `chains`: all that it stands in; where there are none,
 * nothing can be told of it yet.
 */
export function idleRelaxations({ document }: ResolvedAccessPolicy, chains: readonly ResolvedChain[]): readonly Issue[] {
  const label = `${document.namespace}/${document.name}`;
  const own = chains.flatMap(({ relaxations }) => relaxations.filter(({ by }) => by === label));
  if (chains.length === 0) return [];
  return (document.spec.relax ?? []).flatMap((part, index): readonly Issue[] => {
    const wanted = own.filter(one => one.part === part);
    if (wanted.some(({ answer }) => answer === 'allowed')) return [];
    return [{ document, ...warningOf(`spec.relax[${index}]`, part, wanted[0]), severity: 'warning' }];
  });
}

function warningOf(
  path: string,
  part: AccessPart,
  wanted: Relaxation | undefined,
): Omit<IssueOfDocument, 'severity'> & { hint: string } {
  const base = { code: 'relax-without-effect', path };
  if (wanted === undefined) {
    const message = `${path} has no effect: no policy of a wider scope asks for ${part} where this one holds`;
    return { ...base, message, hint: `take ${part} out of relax` };
  }
  const { of, answer } = wanted;
  if (answer === 'notRelaxable') {
    const message = `${path} has no effect: AccessPolicy ${of} asks for ${part}, and lets nobody relax it`;
    return { ...base, message, hint: `write relaxable: [{ part: ${part} }] there, or take ${part} out of relax here` };
  }
  const message = `${path} has no effect: AccessPolicy ${of} lets policies of other namespaces relax ${part}, and not those of this one`;
  return { ...base, message, hint: `let this namespace in by relaxable there, or take ${part} out of relax here` };
}
