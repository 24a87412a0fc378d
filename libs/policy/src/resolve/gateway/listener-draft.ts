// SPDX-License-Identifier: Apache-2.0
import type { ListenerAcceptedReason, ListenerReferenceReason } from '../condition/findings.ts';
import type { Finding } from '../condition/finding.ts';
import type { GatewayDocument, ListenerSetDocument } from '../inventory/document-of.ts';
import type { NamespaceRule } from './namespace-rule.ts';
import type { ResolvedCertificate } from './resolve-certificate-refs.ts';
import type { ResolvedClientValidation } from './resolve-client-validation.ts';
import type { RouteGroupKind } from './route-kinds.ts';
import type { TlsOptions } from './tls-options.ts';

export type ServedProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS' | 'UDP';

/** What an HTTPS or TLS listener does with a connection. */
export interface ListenerTlsDraft extends TlsOptions {
  readonly mode: 'passthrough' | 'terminate';
}

/** One listener as far as its own Gateway decides; what other Gateways want is not known yet. */
export interface ListenerDraft {
  /** Where it is written. */
  readonly document: GatewayDocument | ListenerSetDocument;
  /** `namespace/gateway/listener`, of a ListenerSet `namespace/gateway/set's namespace/set/listener`. */
  readonly name: string;
  readonly sectionName: string;
  /** Its place in the document. */
  readonly index: number;
  readonly port: number;
  /** Undefined = not served by Weir. */
  readonly protocol: ServedProtocol | undefined;
  /** Lower-case; `*` = any. */
  readonly hostname: string;
  readonly supportedKinds: readonly RouteGroupKind[];
  readonly namespaces: NamespaceRule;
  /** Only of protocol HTTPS and TLS. */
  readonly tls: ListenerTlsDraft | undefined;
  /** In the order written; empty where TLS is not terminated, and where no reference can be used. */
  readonly certificates: readonly ResolvedCertificate[];
  readonly clientValidation: ResolvedClientValidation | undefined;
  /** Why it is not accepted; undefined = nothing of its own stands against it. */
  readonly obstacle: Finding<Exclude<ListenerAcceptedReason, 'Accepted'>> | undefined;
  readonly references: Finding<ListenerReferenceReason>;
  /** Names of listeners with TLS on the same port that cover some of the same hosts. */
  readonly overlaps: readonly string[];
}

/** Whose sockets it needs: TCP and UDP have port numbers of their own. */
export function transportOf({ protocol }: Pick<ListenerDraft, 'protocol'>): 'tcp' | 'udp' {
  return protocol === 'UDP' ? 'udp' : 'tcp';
}
