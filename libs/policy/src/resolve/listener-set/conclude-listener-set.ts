// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import type { GatewayFindings, ListenerSetFindings } from '../condition/findings.ts';
import type { ResolvedListener } from '../gateway/conclude-gateway.ts';
import type { ListenerSetDocument } from '../inventory/document-of.ts';
import type { Issue } from '../issue.ts';
import type { ListenerSetDraft } from './resolve-listener-sets.ts';

/** A ListenerSet with what became of it at its Gateway. */
export interface ResolvedListenerSet {
  readonly document: ListenerSetDocument;
  readonly findings: ListenerSetFindings;
  readonly listeners: readonly ResolvedListener[];
  readonly issues: readonly Issue[];
}

/** `listeners`: those of the set, as the Gateway concluded them. */
export function concludeListenerSet(
  { document, isAllowed, issues }: ListenerSetDraft,
  listeners: readonly ResolvedListener[],
  gateway: Pick<GatewayFindings, 'Accepted'>,
): ResolvedListenerSet {
  return { document, findings: setFindings(isAllowed, listeners, gateway), listeners, issues };
}

function setFindings(
  isAllowed: boolean,
  listeners: readonly ResolvedListener[],
  gateway: Pick<GatewayFindings, 'Accepted'>,
): ListenerSetFindings {
  if (!isAllowed) return refusal('NotAllowed', 'allowedListeners of the Gateway do not admit the set');
  // A Gateway without a valid listener of its own still lends its addresses.
  if (gateway.Accepted.status === 'False' && gateway.Accepted.reason !== 'ListenersNotValid') {
    return refusal('ParentNotAccepted', gateway.Accepted.message);
  }
  const refused = namesOf(listeners.filter(isInvalid));
  if (refused.length === listeners.length) {
    return refusal('ListenersNotValid', `no listener is accepted: ${refused.join(', ')}`);
  }
  const isProgrammed = listeners.some(({ findings }) => findings.Programmed.status === 'True');
  return {
    Accepted:
      refused.length === 0 ? holds('Accepted') : holds('ListenersNotValid', `listeners not accepted: ${refused.join(', ')}`),
    Programmed: isProgrammed ? holds('Programmed') : fails('Invalid', 'no listener is programmed'),
  };
}

function refusal(reason: 'ListenersNotValid' | 'NotAllowed' | 'ParentNotAccepted', message: string): ListenerSetFindings {
  return { Accepted: fails(reason, message), Programmed: fails(reason, message) };
}

/** Also one whose certificate it may not have: nothing would be served there. */
function isInvalid({
  findings: { Accepted: accepted, Programmed: programmed, ResolvedRefs: references },
}: ResolvedListener): boolean {
  return accepted.status === 'False' || (references.status === 'False' && programmed.status === 'False');
}

function namesOf(listeners: readonly ResolvedListener[]): readonly string[] {
  return listeners.map(({ sectionName }) => sectionName);
}
