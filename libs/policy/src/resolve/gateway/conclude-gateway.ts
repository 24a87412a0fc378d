// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import type { Finding } from '../condition/finding.ts';
import type { ConflictReason, GatewayFindings, ListenerFindings } from '../condition/findings.ts';
import type { GatewayDocument } from '../inventory/document-of.ts';
import type { Issue } from '../issue.ts';
import { concludeListenerSet } from '../listener-set/conclude-listener-set.ts';
import type { ResolvedListenerSet } from '../listener-set/conclude-listener-set.ts';
import { wantsPort } from './claim-ports.ts';
import type { PortRival } from './claim-ports.ts';
import type { ListenerDraft } from './listener-draft.ts';
import { isConflictReason } from './resolve-conflicts.ts';
import type { ResolvedBackendCertificate } from './resolve-backend-certificate.ts';
import type { GatewayDraft } from './resolve-gateway.ts';

/** A Gateway of ours with everything that was found out about it. */
export interface ResolvedGateway {
  readonly document: GatewayDocument;
  /** No other Gateway listens where it does. */
  readonly hasOwnProxies: boolean;
  /** IP addresses that its listeners are bound to. */
  readonly addresses: readonly string[];
  /** Its own, then those of its sets. */
  readonly listeners: readonly ResolvedListener[];
  readonly sets: readonly ResolvedListenerSet[];
  /** Shown to backends over TLS. */
  readonly backendCertificate: ResolvedBackendCertificate;
  /** CIDRs of the balancers that begin each connection with a PROXY header. */
  readonly proxyProtocolFrom: readonly string[];
  readonly findings: GatewayFindings;
  readonly issues: readonly Issue[];
}

/** `ListenerDraft` with what the other Gateways leave to it. */
export interface ResolvedListener extends ListenerDraft {
  /**
   * Whether the data plane has it. One without a usable certificate or authority is bound too: its hosts are refused there,
   * where leaving it out would hand them to the next listener of the port.
   */
  readonly isBound: boolean;
  readonly findings: ListenerFindings;
}

/** Decides what becomes of a Gateway, given which of its listeners come too late for their port. */
export function concludeGateway(draft: GatewayDraft, rivals: ReadonlyMap<string, PortRival>): ResolvedGateway {
  const refusal = gatewayRefusal(draft);
  const hindrance = refusal?.message ?? addressHindrance(draft);
  const listeners = draft.listeners.map(listener => concludeListener(listener, hindrance, rivals.get(listener.name)));
  const issues = listeners.flatMap((listener): readonly Issue[] => {
    const rival = rivals.get(listener.name);
    return rival === undefined ? [] : [portIssue(listener, rival)];
  });
  const findings = gatewayFindings(
    draft,
    listeners.filter(({ document }) => document === draft.document),
    refusal ?? unheeded(draft),
  );
  const sets = draft.sets.map(set =>
    concludeListenerSet(
      set,
      listeners.filter(({ document }) => document === set.document),
      findings,
    ),
  );
  return {
    document: draft.document,
    hasOwnProxies: draft.hasOwnProxies,
    addresses: refusal === undefined ? draft.addresses.bind : [],
    listeners,
    backendCertificate: draft.backendCertificate,
    proxyProtocolFrom: draft.proxyProtocolFrom,
    sets,
    findings,
    issues: [...draft.issues, ...sets.flatMap(set => set.issues), ...issues],
  };
}

type AcceptedFinding = GatewayFindings['Accepted'];

function gatewayRefusal({ invalidParameters, addresses }: GatewayDraft): AcceptedFinding | undefined {
  if (invalidParameters !== undefined) return fails('InvalidParameters', invalidParameters);
  return addresses.unsupported === undefined ? undefined : fails('UnsupportedAddress', addresses.unsupported);
}

/** Its listeners are none of what its parameters are about: whoever mistypes one of these must not cut off what is served. */
function unheeded({ unheededParameters: words }: GatewayDraft): AcceptedFinding | undefined {
  return words === undefined ? undefined : fails('InvalidParameters', `${words}; what runs for the Gateway stays as it was`);
}

/** Without an address there is nothing to bind. */
function addressHindrance({ addresses }: GatewayDraft): string | undefined {
  return addresses.bind.length > 0 ? undefined : (addresses.unusable ?? 'the Gateway has no address');
}

/** `gatewayHindrance`: why no listener of the Gateway can be bound. */
function concludeListener(
  draft: ListenerDraft,
  gatewayHindrance: string | undefined,
  rival: PortRival | undefined,
): ResolvedListener {
  const accepted: ListenerFindings['Accepted'] =
    draft.obstacle ?? (rival === undefined ? holds('Accepted') : fails('PortUnavailable', rivalMessage(rival)));
  const isBound = gatewayHindrance === undefined && rival === undefined && wantsPort(draft);
  const hindrance = gatewayHindrance ?? programmingHindrance(draft, accepted);
  return {
    ...draft,
    isBound,
    findings: {
      Accepted: accepted,
      Programmed: hindrance === undefined ? holds('Programmed') : fails(unprogrammedReason(draft), hindrance),
      ResolvedRefs: draft.references,
      Conflicted: conflictFinding(draft),
      ...(draft.overlaps.length === 0 ? {} : { OverlappingTLSConfig: overlapFinding(draft) }),
    },
  };
}

function programmingHindrance(draft: ListenerDraft, accepted: ListenerFindings['Accepted']): string | undefined {
  if (accepted.status === 'False') return accepted.message;
  if (draft.tls?.mode === 'terminate' && draft.certificates.length === 0) return draft.references.message;
  return draft.supportedKinds.length === 0 ? draft.references.message : undefined;
}

function unprogrammedReason({ document, obstacle }: ListenerDraft): ConflictReason | 'Invalid' {
  if (document.kind !== 'ListenerSet') return 'Invalid';
  return obstacle !== undefined && isConflictReason(obstacle.reason) ? obstacle.reason : 'Invalid';
}

function conflictFinding({ obstacle }: ListenerDraft): ListenerFindings['Conflicted'] {
  if (obstacle === undefined || !isConflictReason(obstacle.reason)) return fails('NoConflicts', '');
  return holds(obstacle.reason, obstacle.message);
}

function overlapFinding({ overlaps }: ListenerDraft): Finding<'OverlappingHostnames'> {
  return holds('OverlappingHostnames', `listeners ${overlaps.join(', ')} cover some of the same hosts on this port`);
}

function gatewayFindings(
  { addresses, listeners: drafts, backendCertificate }: GatewayDraft,
  listeners: readonly ResolvedListener[],
  refusal: AcceptedFinding | undefined,
): GatewayFindings {
  const isInsecure = drafts.some(({ clientValidation }) => clientValidation?.mode === 'insecureFallback');
  const unresolved = namesWhere(listeners, ({ findings }) => findings.ResolvedRefs.status === 'False');
  const accepted = refusal ?? acceptedFinding(listeners);
  return {
    Accepted: accepted,
    Programmed: programmedFinding(listeners, accepted, addresses.unusable),
    ResolvedRefs:
      unresolved === '' || backendCertificate.references.status === 'False'
        ? backendCertificate.references
        : fails('ListenersNotResolved', `unresolved references: ${unresolved}`),
    ...(isInsecure ? { InsecureFrontendValidationMode: holds('ConfigurationChanged', INSECURE) } : {}),
  };
}

const INSECURE = 'tls.frontend has mode AllowInsecureFallback: clients without a valid certificate are admitted';

function acceptedFinding(listeners: readonly ResolvedListener[]): AcceptedFinding {
  const refused = namesWhere(listeners, ({ findings }) => findings.Accepted.status === 'False');
  if (refused === '') return holds('Accepted');
  const accepted = namesWhere(listeners, ({ findings }) => findings.Accepted.status === 'True');
  if (accepted === '') return fails('ListenersNotValid', `no listener is accepted: ${refused}`);
  return holds('ListenersNotValid', `listeners not accepted: ${refused}; accepted: ${accepted}`);
}

function programmedFinding(
  listeners: readonly ResolvedListener[],
  accepted: AcceptedFinding,
  unusable: string | undefined,
): GatewayFindings['Programmed'] {
  if (accepted.status === 'False') return fails('Invalid', accepted.message);
  if (unusable !== undefined) return fails('AddressNotUsable', unusable);
  const isAnyProgrammed = listeners.some(({ findings }) => findings.Programmed.status === 'True');
  return isAnyProgrammed ? holds('Programmed') : fails('Invalid', 'no listener is programmed');
}

function namesWhere(listeners: readonly ResolvedListener[], matches: (listener: ResolvedListener) => boolean): string {
  return listeners
    .filter(matches)
    .map(({ sectionName }) => sectionName)
    .join(', ');
}

function rivalMessage(rival: PortRival): string {
  const advice = rival.gateway === undefined ? OWN_PORT_HINT : 'give one of the two another address or port';
  return `${rivalWords(rival)}; ${advice}`;
}

const OWN_PORT_HINT = 'write another port';

function rivalWords({ port, address, gateway }: PortRival): string {
  if (gateway === undefined) return `port ${port} belongs to the pods of the Gateway, which say there how they are`;
  return `port ${port} on ${address} belongs to Gateway ${gateway}`;
}

function portIssue({ document, index, sectionName }: ListenerDraft, rival: PortRival): Issue {
  return {
    document,
    severity: 'error',
    code: 'port-unavailable',
    path: `spec.listeners[${index}].port`,
    message: `listener \`${sectionName}\`: ${rivalWords(rival)}`,
    hint:
      rival.gateway === undefined
        ? OWN_PORT_HINT
        : 'give one of the two Gateways another address in spec.addresses, or another port',
  };
}
