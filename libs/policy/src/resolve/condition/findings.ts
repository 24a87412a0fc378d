// SPDX-License-Identifier: Apache-2.0
import type { Finding } from './finding.ts';

/** Conditions of each kind of object with the reasons that Weir gives, as the Gateway API names them. Keys are condition types. */
export interface GatewayClassFindings {
  readonly Accepted: Finding<'Accepted' | 'InvalidParameters'>;
}

export interface MeshFindings {
  readonly Accepted: Finding<'Accepted' | 'Conflicted' | 'InvalidParameters'>;
}

export interface GatewayFindings {
  readonly Accepted: Finding<'Accepted' | 'InvalidParameters' | 'ListenersNotValid' | 'UnsupportedAddress'>;
  readonly Programmed: Finding<'AddressNotUsable' | 'Invalid' | 'Programmed'>;
  readonly ResolvedRefs: Finding<'InvalidClientCertificateRef' | 'ListenersNotResolved' | 'RefNotPermitted' | 'ResolvedRefs'>;
  /** Only while some port admits clients without a valid certificate (GEP-91). */
  readonly InsecureFrontendValidationMode?: Finding<'ConfigurationChanged'>;
}

export type ConflictReason = 'HostnameConflict' | 'ListenerConflict' | 'ProtocolConflict';

export type ListenerAcceptedReason =
  ConflictReason | 'Accepted' | 'NoValidCACertificate' | 'PortUnavailable' | 'UnsupportedProtocol' | 'UnsupportedValue';

export type ListenerReferenceReason =
  | 'InvalidCACertificateKind'
  | 'InvalidCACertificateRef'
  | 'InvalidCertificateRef'
  | 'InvalidRouteKinds'
  | 'RefNotPermitted'
  | 'ResolvedRefs';

export interface ListenerFindings {
  readonly Accepted: Finding<ListenerAcceptedReason>;
  /** Of a ListenerSet's listener that conflicts, the conflict is the reason (ListenerEntryStatus). */
  readonly Programmed: Finding<ConflictReason | 'Invalid' | 'Programmed'>;
  readonly ResolvedRefs: Finding<ListenerReferenceReason>;
  readonly Conflicted: Finding<ConflictReason | 'NoConflicts'>;
  /** Only where another listener of the port, HTTPS or TLS, covers some of the same hosts. */
  readonly OverlappingTLSConfig?: Finding<'OverlappingHostnames'>;
}

export interface ListenerSetFindings {
  readonly Accepted: Finding<'Accepted' | 'ListenersNotValid' | 'NotAllowed' | 'ParentNotAccepted'>;
  readonly Programmed: Finding<'Invalid' | 'ListenersNotValid' | 'NotAllowed' | 'ParentNotAccepted' | 'Programmed'>;
}

export interface TlsPolicyFindings {
  readonly Accepted: Finding<'Accepted' | 'Conflicted' | 'Invalid' | 'NoValidCACertificate'>;
  readonly ResolvedRefs: Finding<'InvalidCACertificateRef' | 'InvalidKind' | 'ResolvedRefs'>;
}

/** Of policies in Weir's own group. */
export interface PolicyFindings {
  /** Invalid: some of it has no effect; NotEnforceable: at some target, as nobody could do it there; the rest holds. */
  readonly Accepted: Finding<'Accepted' | 'Invalid' | 'NotEnforceable' | 'TargetNotFound'>;
  /** False: what it guards is refused. */
  readonly Programmed: Finding<'Invalid' | 'Programmed'>;
  /** Only where another policy of the very same target goes before it in some field. */
  readonly Conflicted?: Finding<'Conflicted'>;
  /** Only where some field of it holds nowhere, as other policies go before it. */
  readonly Overridden?: Finding<'Overridden'> | undefined;
  /** Only of an AccessPolicy for Services while there is a mesh: who keeps out callers from inside. */
  readonly 'weir.dev/EnforcedAt'?: Finding<'Gateway' | 'GatewayAndReceiver'> | undefined;
}

export interface RolloutFindings {
  readonly Accepted: Finding<'Accepted' | 'Conflicted' | 'Invalid' | 'TargetNotFound'>;
}

export type RouteAcceptedReason =
  | 'Accepted'
  | 'HostnameConflict'
  | 'IncompatibleFilters'
  | 'NoMatchingListenerHostname'
  | 'NoMatchingParent'
  | 'NotAllowedByListeners'
  | 'UnsupportedValue';

export type RouteReferenceReason =
  'BackendNotFound' | 'InvalidKind' | 'RefNotPermitted' | 'ResolvedRefs' | 'UnsupportedProtocol' | 'UnsupportedValue';

export interface RouteFindings {
  readonly Accepted: Finding<RouteAcceptedReason>;
  readonly ResolvedRefs: Finding<RouteReferenceReason>;
  /** Only where some rules are refused and others are served. */
  readonly PartiallyInvalid?: Finding<'IncompatibleFilters' | 'UnsupportedValue'>;
  /** Only where policies hold for the route: which, and where they are attached. */
  readonly 'weir.dev/EffectivePolicies'?: Finding<'Merged'>;
}
