// SPDX-License-Identifier: Apache-2.0
import type { CredentialReader } from '../certificate/credential-reader.ts';
import type { GatewayClassFindings } from '../condition/findings.ts';
import type { GatewayDocument } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import { resolveListenerSets } from '../listener-set/resolve-listener-sets.ts';
import type { ListenerSetDraft } from '../listener-set/resolve-listener-sets.ts';
import { BUILT_IN_CLASS, findClass } from './gateway-class.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { ListenerDraft } from './listener-draft.ts';
import { reportInertFields } from './report-inert-fields.ts';
import { findGatewayParameters, inertParameters } from './find-gateway-parameters.ts';
import { resolveBackendCertificate } from './resolve-backend-certificate.ts';
import type { ResolvedBackendCertificate } from './resolve-backend-certificate.ts';
import { resolveProxySources } from './resolve-proxy-sources.ts';
import { resolveAddresses } from './resolve-addresses.ts';
import type { GatewayPlace, ResolvedAddresses } from './resolve-addresses.ts';
import { resolveClientValidation } from './resolve-client-validation.ts';
import type { ResolvedClientValidation } from './resolve-client-validation.ts';
import { isConflict, resolveConflicts } from './resolve-conflicts.ts';
import { resolveListener } from './resolve-listener.ts';
import { GATEWAY_API_GROUP } from './route-kinds.ts';

/** A Gateway as far as its own document and what that refers to decide; see concludeGateway for the rest. */
export interface GatewayDraft {
  readonly document: GatewayDocument;
  readonly addresses: ResolvedAddresses;
  /** No other Gateway listens where it does. */
  readonly hasOwnProxies: boolean;
  /** Its own, then those of its sets. */
  readonly listeners: readonly ListenerDraft[];
  readonly sets: readonly ListenerSetDraft[];
  readonly backendCertificate: ResolvedBackendCertificate;
  /** CIDRs of the balancers that begin each connection with a PROXY header. */
  readonly proxyProtocolFrom: readonly string[];
  /** Why the whole Gateway is refused over its parameters. */
  readonly invalidParameters: string | undefined;
  /** Why its own proxies are not made as they should be: those that there are go on as they were, and serve what it says. */
  readonly unheededParameters: string | undefined;
  readonly issues: readonly Issue[];
}

/** A Gateway that Weir does not serve. */
export interface ForeignGateway {
  /** Only where its class does not exist: then it is nobody's. */
  readonly issues: readonly Issue[];
}

export interface GatewaySources {
  readonly lookup: Lookup;
  readonly credentials: CredentialReader;
  readonly place: GatewayPlace;
}

export function resolveGateway(document: GatewayDocument, sources: GatewaySources): ForeignGateway | GatewayDraft {
  const { lookup, credentials, place } = sources;
  const gatewayClass = findClass(lookup, document.spec.gatewayClassName);
  if (gatewayClass === 'missing') return { issues: [missingClass(document, lookup)] };
  if (gatewayClass === 'foreign') return { issues: [] };
  const issues: Issue[] = [];
  const context: GatewayContext = {
    document,
    listenerPrefix: `${document.namespace}/${document.name}`,
    lookup,
    credentials,
    from: { group: GATEWAY_API_GROUP, kind: 'Gateway', namespace: document.namespace },
    report: issue => issues.push({ document, ...issue }),
  };
  reportInertFields(context);
  const proxySources = resolveProxySources(context);
  const classRefusal = refusalOfClass(context, gatewayClass);
  const own = findGatewayParameters(document, lookup);
  const inert = place.isOwn || own.invalid !== undefined ? undefined : inertParameters(document);
  return {
    document,
    hasOwnProxies: place.isOwn,
    addresses: resolveAddresses(context, place),
    ...resolveListeners(context),
    backendCertificate: resolveBackendCertificate(context),
    proxyProtocolFrom: proxySources.cidrs,
    invalidParameters: place.isOwn ? proxySources.invalid : (classRefusal ?? own.invalid ?? proxySources.invalid),
    unheededParameters: place.isOwn ? own.invalid : undefined,
    issues: [...issues, ...(inert === undefined ? [] : [inert]), ...own.issues],
  };
}

function resolveListeners(context: GatewayContext): Pick<GatewayDraft, 'listeners' | 'sets'> {
  const validations = new Map<number, ResolvedClientValidation | undefined>();
  // Once for each port, so that what is wrong is told once.
  const validationOf = (port: number, protocol: string): ResolvedClientValidation | undefined => {
    if (protocol !== 'HTTPS' && protocol !== 'TLS') return undefined;
    if (!validations.has(port)) validations.set(port, resolveClientValidation(context, port));
    return validations.get(port);
  };
  const drafts = context.document.spec.listeners.map((spec, index) =>
    resolveListener(context, spec, { index, clientValidation: validationOf(spec.port, spec.protocol) }),
  );
  const resolved = resolveConflicts(drafts);
  for (const { obstacle, index } of resolved) {
    if (obstacle === undefined || !isConflict(obstacle)) continue;
    context.report({
      severity: 'error',
      code: 'listener-conflict',
      path: `spec.listeners[${index}]`,
      message: obstacle.message,
      hint: 'change the port or the hostname of one of them',
    });
  }
  const sets = resolveListenerSets(context, { own: resolved, validationOf });
  return { listeners: [...resolved, ...sets.flatMap(set => set.listeners)], sets };
}

function refusalOfClass(context: GatewayContext, { Accepted: accepted }: GatewayClassFindings): string | undefined {
  if (accepted.status === 'True') return undefined;
  const message = `GatewayClass \`${context.document.spec.gatewayClassName}\` is not accepted: ${accepted.message}`;
  const hint = 'see to the parameters of the class';
  context.report({ severity: 'error', code: 'gateway-class-refused', path: 'spec.gatewayClassName', message, hint });
  return message;
}

function missingClass(document: GatewayDocument, lookup: Lookup): Issue {
  const path = 'spec.gatewayClassName';
  const name = document.spec.gatewayClassName;
  const nearest = nearestName(name, [BUILT_IN_CLASS, ...lookup.namesIn('GatewayClass', '')]);
  return {
    document,
    severity: 'error',
    code: 'gateway-class-not-found',
    path,
    message: `${path} names GatewayClass \`${name}\`, which does not exist, so the Gateway is not served`,
    hint: nearest === undefined ? `write gatewayClassName: ${BUILT_IN_CLASS}` : `did you mean \`${nearest}\`?`,
  };
}
