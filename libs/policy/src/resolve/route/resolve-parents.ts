// SPDX-License-Identifier: Apache-2.0
import type { Attachment } from '../../snapshot/index.ts';
import { fails, holds } from '../condition/finding.ts';
import type { Finding } from '../condition/finding.ts';
import type { RouteAcceptedReason } from '../condition/findings.ts';
import { admitsNamespace } from '../gateway/namespace-rule.ts';
import type { ParentGateway, ParentListener } from '../gateway/parent-gateway.ts';
import { GATEWAY_API_GROUP } from '../gateway/route-kinds.ts';
import { placesOfListener } from '../policy/policy-chain.ts';
import type { ScopePlace } from '../policy/policy-chain.ts';
import { intersectHostnames } from '../hostname/intersect-hostnames.ts';
import { attachToService } from '../mesh/attach-to-service.ts';
import type { CallerListener } from '../mesh/mesh-names.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { ParentRef } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';
import { hostnamesOf } from './route-document.ts';

/** What one parentRef leads to. */
export interface ParentOutcome {
  readonly ref: ParentRef;
  /** `namespace/name` of the Gateway that it leads to; undefined = none. */
  readonly gateway: string | undefined;
  readonly accepted: Finding<RouteAcceptedReason>;
  /** Every listener that takes the route, bound or not. */
  readonly attachments: readonly ParentAttachment[];
}

export interface ParentAttachment extends Pick<Attachment, 'hostnames' | 'listener'> {
  /** Where policies can be attached that hold for what comes this way. */
  readonly places: readonly ScopePlace[];
  readonly isBound: boolean;
  /** The Service, where it is one and no listener of a Gateway. */
  readonly parent?: CallerListener;
}

/** One outcome for each parentRef to an object that Weir answers for; others are none of its business, or do not exist. */
export function resolveParents(context: RouteContext): readonly ParentOutcome[] {
  const { parentRefs: refs = [], useDefaultGateways } = context.document.spec;
  if (refs.length === 0) {
    const path = 'spec.parentRefs';
    const message =
      useDefaultGateways === undefined
        ? 'spec.parentRefs names no Gateway, so the route gets no request'
        : 'spec.useDefaultGateways has no effect yet, so the route gets no request';
    context.report({
      severity: 'warning',
      code: 'route-without-parent',
      path,
      message,
      hint: 'name a Gateway in spec.parentRefs',
    });
  }
  return refs.flatMap((ref, index) => resolveParent(context, ref, `spec.parentRefs[${index}]`) ?? []);
}

function resolveParent(context: RouteContext, ref: ParentRef, path: string): ParentOutcome | undefined {
  const { group, kind, name, namespace = context.document.namespace } = ref;
  if (group === '' && kind === 'Service') return attachToService(context, { ref, path });
  if (group !== GATEWAY_API_GROUP || (kind !== 'Gateway' && kind !== 'ListenerSet')) {
    const message = `${path} names a ${kind} of group "${group}", and Weir serves routes of Gateways, ListenerSets and Services`;
    const hint = kind === 'Service' ? 'write group: ""' : undefined;
    context.report({ severity: 'warning', code: 'parent-kind-unsupported', path, message, hint });
    return undefined;
  }
  const gateway = context.lookup.parent(kind, namespace, name);
  if (gateway !== undefined) return attach(context, { ref, path, gateway });
  // Where there is such an object, it is another controller's, and so is the status of this parent.
  if (context.lookup.get(kind, namespace, name) !== undefined) return undefined;
  const { message, hint } = describeMissing(context.lookup, { kind, namespace, name, from: context.document.namespace });
  context.report({ severity: 'error', code: 'parent-not-found', path: `${path}.name`, message: `${path} ${message}`, hint });
  return undefined;
}

interface Attempt {
  readonly ref: ParentRef;
  readonly path: string;
  readonly gateway: ParentGateway;
}

/** The steps in the order of the reasons: a listener that is meant, that admits the route, whose hostname fits. */
function attach(context: RouteContext, attempt: Attempt): ParentOutcome {
  const { ref, gateway } = attempt;
  const { document, lookup } = context;
  const { kind, namespace, name, listeners } = gateway;
  if (!gateway.isAdmitted) return refuse(context, { ...attempt, finding: notAdmitted(attempt), hint: ADMISSION_HINT });
  const meant = listeners.filter(listener => isMeant(ref, listener));
  if (meant.length === 0) return refuse(context, { ...attempt, finding: noMatchingParent(attempt) });
  const admitting = meant.filter(
    listener =>
      listener.kinds.includes(document.kind) &&
      admitsNamespace(listener.namespaces, { lookup, namespace: document.namespace, gatewayNamespace: namespace }),
  );
  if (admitting.length === 0) {
    const message =
      `${attempt.path}: ${kind} ${namespace}/${name} admits no ${document.kind} of namespace \`${document.namespace}\` on ${list(meant)}; ` +
      `see allowedRoutes there`;
    return refuse(context, { ...attempt, finding: fails('NotAllowedByListeners', message) });
  }
  const hostnames = hostnamesOf(document);
  const attachments = admitting
    .map(({ name: listener, hostname, isBound, sectionName }) => ({
      listener,
      hostnames: intersectHostnames(hostname, hostnames),
      isBound,
      places: placesOfListener(gateway, sectionName),
    }))
    .filter(attachment => attachment.hostnames.length > 0);
  if (attachments.length > 0) return { ref, gateway: gateway.gateway, accepted: holds('Accepted'), attachments };
  const covered = admitting.map(({ sectionName, hostname }) => `\`${sectionName}\` covers ${hostname}`).join(', ');
  const message = `${attempt.path}: no listener of ${kind} ${namespace}/${name} covers ${hostnames.join(', ')}: ${covered}`;
  return refuse(context, { ...attempt, finding: fails('NoMatchingListenerHostname', message) });
}

const ATTACHMENT_HINTS: Readonly<Partial<Record<RouteAcceptedReason, string>>> = {
  NoMatchingParent: 'write the sectionName or port of a listener that is there, or leave both out',
  NotAllowedByListeners: 'let the listener take the route by allowedRoutes.namespaces and allowedRoutes.kinds, or move the route',
  NoMatchingListenerHostname: 'write a hostname that a listener covers, or give the Gateway a listener for it',
};

function isMeant({ sectionName, port }: ParentRef, listener: ParentListener): boolean {
  return (sectionName === undefined || sectionName === listener.sectionName) && (port === undefined || port === listener.port);
}

/** GEP-1713: without a listener to attach to, the route must not be accepted for that parent. */
function notAdmitted({ path, gateway }: Attempt): Finding<'NoMatchingParent'> {
  const { namespace, name, gateway: owner } = gateway;
  return fails(
    'NoMatchingParent',
    `${path}: ListenerSet ${namespace}/${name} has no listeners, as Gateway ${owner} does not admit it`,
  );
}

const ADMISSION_HINT = 'let the Gateway admit the set by allowedListeners, or name the Gateway itself';

function noMatchingParent({ ref, path, gateway }: Attempt): Finding<'NoMatchingParent'> {
  const wanted = [
    ...(ref.sectionName === undefined ? [] : [`named \`${ref.sectionName}\``]),
    ...(ref.port === undefined ? [] : [`on port ${ref.port}`]),
  ];
  const has = gateway.listeners.map(({ sectionName, port }) => `\`${sectionName}\` on port ${port}`).join(', ');
  return fails(
    'NoMatchingParent',
    `${path}: ${gateway.kind} ${gateway.namespace}/${gateway.name} has no listener ${wanted.join(' ')}; it has ${has}`,
  );
}

interface Refusal {
  readonly ref: ParentRef;
  readonly path: string;
  readonly finding: Finding<RouteAcceptedReason>;
  /** Undefined = the one for the finding's reason. */
  readonly hint?: string;
}

function refuse(context: RouteContext, { ref, path, finding, hint }: Refusal): ParentOutcome {
  const advice = hint ?? ATTACHMENT_HINTS[finding.reason] ?? 'name a Gateway';
  context.report({ severity: 'error', code: 'route-not-attached', path, message: finding.message, hint: advice });
  return { ref, gateway: undefined, accepted: finding, attachments: [] };
}

function list(listeners: readonly ParentListener[]): string {
  return `${listeners.length === 1 ? 'listener' : 'listeners'} ${listeners.map(({ sectionName }) => `\`${sectionName}\``).join(', ')}`;
}
