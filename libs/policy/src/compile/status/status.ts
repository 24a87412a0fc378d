// SPDX-License-Identifier: Apache-2.0
import type { ResolvedListener, ResolvedParent } from '../../resolve/index.ts';

/** A condition as Kubernetes writes it (meta/v1 Condition). */
export interface Condition {
  readonly type: string;
  readonly status: 'False' | 'True';
  readonly reason: string;
  readonly message: string;
  /** Generation of the object that was looked at. */
  readonly observedGeneration: number;
  /** RFC 3339; when `status` last became another. */
  readonly lastTransitionTime: string;
}

/** The `status` of an object in the shape of the Gateway API. */
export type Status = GatewayClassStatus | GatewayStatus | ListenerSetStatus | ObjectStatus | PolicyStatus | RouteStatus;

/** Of kinds that are no policies. */
export interface ObjectStatus {
  readonly conditions: readonly Condition[];
}

export interface GatewayClassStatus {
  readonly conditions: readonly Condition[];
  readonly supportedFeatures: readonly { readonly name: string }[];
}

export interface GatewayStatus {
  readonly addresses: readonly { readonly type: 'IPAddress'; readonly value: string }[];
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatus[];
  /** How many ListenerSets are accepted. */
  readonly attachedListenerSets: number;
}

export interface ListenerSetStatus {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatus[];
}

export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds: ResolvedListener['supportedKinds'];
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

export interface RouteStatus {
  /** Only parents that Weir answers for. */
  readonly parents: readonly RouteParentStatus[];
}

export interface RouteParentStatus {
  readonly parentRef: ResolvedParent['ref'];
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

/** PolicyStatus (GEP-713) of a BackendTLSPolicy or of one of Weir's own policies. */
export interface PolicyStatus {
  /** Gateways of Weir through which the policy has effect. */
  readonly ancestors: readonly AncestorStatus[];
}

export interface AncestorStatus {
  readonly ancestorRef: AncestorRef;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

export interface AncestorRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}
