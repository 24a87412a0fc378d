// SPDX-License-Identifier: Apache-2.0
import type { ListenerSetDocument } from '../inventory/document-of.ts';
import type { GatewayContext, ListenerContext } from '../gateway/gateway-context.ts';
import type { ListenerDraft } from '../gateway/listener-draft.ts';
import { admitsNamespace, resolveNamespaceRule } from '../gateway/namespace-rule.ts';
import type { ResolvedClientValidation } from '../gateway/resolve-client-validation.ts';
import { findConflict, isConflict, resolveConflicts } from '../gateway/resolve-conflicts.ts';
import { resolveListener } from '../gateway/resolve-listener.ts';
import { GATEWAY_API_GROUP } from '../gateway/route-kinds.ts';
import type { Issue } from '../issue.ts';

/** A ListenerSet as its Gateway sees it. */
export interface ListenerSetDraft {
  readonly document: ListenerSetDocument;
  /** Whether the Gateway lets it in; if not, it has no listeners. */
  readonly isAllowed: boolean;
  readonly listeners: readonly ListenerDraft[];
  readonly issues: readonly Issue[];
}

export interface SetSources {
  /** The Gateway's own listeners, which come before all others. */
  readonly own: readonly ListenerDraft[];
  readonly validationOf: (port: number, protocol: string) => ResolvedClientValidation | undefined;
}

/**
 * The sets that name a Gateway, in the order in which their listeners join its own (ListenerSetSpec.listeners): the oldest
 * first, then by namespace and name. A listener that cannot be told from one before it is refused, and that one stays.
 */
export function resolveListenerSets(context: GatewayContext, { own, validationOf }: SetSources): readonly ListenerSetDraft[] {
  const { namespace, name } = context.document;
  let joined = own.filter(isDistinct);
  return [...context.lookup.listenerSetsOf(namespace, name)].sort(byAge).map(document => {
    const issues: Issue[] = [];
    const setContext = contextOfSet(context, document, issue => issues.push({ document, ...issue }));
    if (!isAllowed(context, document)) {
      reportRefusal(context, setContext);
      return { document, isAllowed: false, listeners: [], issues };
    }
    const drafts = document.spec.listeners.map((spec, index) =>
      resolveListener(setContext, spec, { index, clientValidation: validationOf(spec.port, spec.protocol) }),
    );
    const listeners = joinSet(joined, drafts);
    for (const listener of listeners.filter(draft => !isDistinct(draft))) {
      const path = `spec.listeners[${listener.index}]`;
      const message = listener.obstacle?.message ?? '';
      setContext.report({
        severity: 'error',
        code: 'listener-conflict',
        path,
        message,
        hint: 'change the port or the hostname of one of them',
      });
    }
    joined = [...joined, ...listeners.filter(isDistinct)];
    return { document, isAllowed: true, listeners, issues };
  });
}

/** What is refused over a listener that came before stands in nobody's way in its own set. */
function joinSet(joined: readonly ListenerDraft[], drafts: readonly ListenerDraft[]): readonly ListenerDraft[] {
  const late = new Map(drafts.map(draft => [draft, findConflict(draft, joined)] as const));
  const others = drafts.filter(draft => late.get(draft) === undefined);
  const resolved = resolveConflicts([...joined, ...others]).slice(joined.length);
  const remaining = new Map(others.map((draft, index) => [draft, resolved[index]] as const));
  return drafts.map(draft => remaining.get(draft) ?? { ...draft, obstacle: late.get(draft) });
}

function contextOfSet(
  context: GatewayContext,
  document: ListenerSetDocument,
  report: ListenerContext['report'],
): ListenerContext {
  return {
    document,
    listenerPrefix: `${context.listenerPrefix}/${document.namespace}/${document.name}`,
    lookup: context.lookup,
    credentials: context.credentials,
    // Grants for the Gateway are not inherited by its sets.
    from: { group: GATEWAY_API_GROUP, kind: 'ListenerSet', namespace: document.namespace },
    report,
  };
}

function isAllowed({ document, lookup }: GatewayContext, { namespace }: ListenerSetDocument): boolean {
  const namespaces = document.spec.allowedListeners?.namespaces;
  if (namespaces === undefined || namespaces.from === 'None') return false;
  const rule = resolveNamespaceRule({ from: namespaces.from, selector: namespaces.selector });
  return admitsNamespace(rule, { lookup, namespace, gatewayNamespace: document.namespace });
}

function reportRefusal({ document }: GatewayContext, { report }: ListenerContext): void {
  const message = `spec.parentRef names Gateway ${document.namespace}/${document.name}, whose allowedListeners do not admit the set`;
  const hint = 'write allowedListeners: {namespaces: {from: Same}} there, or All, or Selector with a selector';
  report({ severity: 'error', code: 'listener-set-not-allowed', path: 'spec.parentRef', message, hint });
}

function isDistinct({ obstacle }: ListenerDraft): boolean {
  return obstacle === undefined || !isConflict(obstacle);
}

function byAge(left: ListenerSetDocument, right: ListenerSetDocument): number {
  const byCreation = left.createdMs - right.createdMs;
  if (byCreation !== 0) return byCreation;
  return `${left.namespace}/${left.name}` < `${right.namespace}/${right.name}` ? -1 : 1;
}
