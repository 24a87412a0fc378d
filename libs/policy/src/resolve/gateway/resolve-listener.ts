// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import { ANY_HOSTNAME } from '../hostname/intersect-hostnames.ts';
import type { GatewayListenerSpec } from '../inventory/document-of.ts';
import type { ListenerContext, ReferenceFailure } from './gateway-context.ts';
import type { ListenerDraft } from './listener-draft.ts';
import { resolveNamespaceRule } from './namespace-rule.ts';
import { resolveCertificateRefs } from './resolve-certificate-refs.ts';
import type { ResolvedCertificate } from './resolve-certificate-refs.ts';
import type { ResolvedClientValidation } from './resolve-client-validation.ts';
import { resolveRouteKinds } from './route-kinds.ts';

interface ListenerPlace {
  readonly index: number;
  /** What holds for the port; undefined on HTTP. */
  readonly clientValidation: ResolvedClientValidation | undefined;
}

/** Resolves one listener by itself: conflicts with its neighbours are found afterwards. */
export function resolveListener(context: ListenerContext, spec: GatewayListenerSpec, place: ListenerPlace): ListenerDraft {
  const { protocol } = spec;
  const path = `spec.listeners[${place.index}]`;
  if (protocol === 'HTTP' || protocol === 'HTTPS') {
    const tls = protocol === 'HTTPS' ? resolveTls(context, spec, path) : NO_TLS;
    return resolveServedListener(context, spec, { ...place, protocol, tls });
  }
  const message = `listener \`${spec.name}\` has protocol ${protocol}; Weir serves HTTP and HTTPS`;
  context.report({ severity: 'error', code: 'protocol-unsupported', path: `${path}.protocol`, message, hint: undefined });
  return {
    ...draftBase(context, spec, place),
    protocol: undefined,
    supportedKinds: [],
    certificates: [],
    obstacle: fails('UnsupportedProtocol', message),
    references: holds('ResolvedRefs'),
  };
}

interface ServedPlace extends ListenerPlace {
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly tls: ListenerTls;
}

function resolveServedListener(context: ListenerContext, spec: GatewayListenerSpec, place: ServedPlace): ListenerDraft {
  const { index, clientValidation, protocol, tls } = place;
  const path = `spec.listeners[${index}]`;
  const kinds = resolveKinds(context, spec, path);
  if (tls.obstacle !== undefined) {
    const { message } = tls.obstacle;
    context.report({ severity: 'error', code: 'tls-unsupported', path: `${path}.tls`, message, hint: undefined });
  }
  const failure = tls.failure ?? kinds.failure ?? clientValidation?.failure;
  return {
    ...draftBase(context, spec, place),
    protocol,
    supportedKinds: kinds.supported,
    certificates: tls.certificates,
    obstacle: tls.obstacle ?? validationObstacle(clientValidation),
    references: failure === undefined ? holds('ResolvedRefs') : fails(failure.reason, failure.message),
  };
}

type DraftBase = Omit<ListenerDraft, 'certificates' | 'obstacle' | 'protocol' | 'references' | 'supportedKinds'>;

function draftBase(
  { document, listenerPrefix }: ListenerContext,
  { name, port, hostname = ANY_HOSTNAME, allowedRoutes }: GatewayListenerSpec,
  { index, clientValidation }: ListenerPlace,
): DraftBase {
  return {
    document,
    name: `${listenerPrefix}/${name}`,
    sectionName: name,
    index,
    port,
    hostname: hostname.toLowerCase(),
    namespaces: resolveNamespaceRule(allowedRoutes.namespaces),
    clientValidation,
    overlaps: [],
  };
}

/** GEP-91: a listener of which no authority can be read is not accepted; letting everybody in would be the other choice. */
function validationObstacle(validation: ResolvedClientValidation | undefined): ListenerDraft['obstacle'] {
  if (validation === undefined || validation.authoritiesPem !== undefined) return undefined;
  return fails('NoValidCACertificate', `no authority to check clients with: ${validation.failure?.message ?? 'none is named'}`);
}

interface ListenerTls {
  readonly certificates: readonly ResolvedCertificate[];
  readonly obstacle: ListenerDraft['obstacle'];
  readonly failure: ReferenceFailure | undefined;
}

const NO_TLS: ListenerTls = { certificates: [], obstacle: undefined, failure: undefined };

function resolveTls(context: ListenerContext, { name, tls }: GatewayListenerSpec, path: string): ListenerTls {
  const refs = tls?.certificateRefs ?? [];
  const options = Object.keys(tls?.options ?? {});
  if (tls?.mode === 'Passthrough') {
    const message = `listener \`${name}\` has tls.mode Passthrough, and an HTTPS listener terminates TLS`;
    return { ...NO_TLS, obstacle: fails('UnsupportedValue', message) };
  }
  if (options.length > 0) {
    // An option may restrict what is spoken: ignoring it could serve what it was there to refuse.
    const message = `listener \`${name}\` has tls.options ${options.join(', ')}, and Weir knows none`;
    return { ...NO_TLS, obstacle: fails('UnsupportedValue', message) };
  }
  const { certificates, failure } = resolveCertificateRefs(context, refs, `${path}.tls.certificateRefs`);
  if (refs.length > 0) return { certificates, obstacle: undefined, failure };
  const message = `${path} is an HTTPS listener without tls.certificateRefs`;
  const hint = 'name the Secret with its certificate in tls.certificateRefs';
  context.report({ severity: 'error', code: 'certificate-missing', path, message, hint });
  return { ...NO_TLS, failure: { reason: 'InvalidCertificateRef', code: 'certificate-missing', message, hint } };
}

function resolveKinds(
  context: ListenerContext,
  { allowedRoutes }: GatewayListenerSpec,
  path: string,
): { supported: ListenerDraft['supportedKinds']; failure: ReferenceFailure | undefined } {
  const { supported, refused } = resolveRouteKinds(allowedRoutes.kinds);
  if (refused.length === 0) return { supported, failure: undefined };
  const names = refused.map(({ group, kind }) => `${kind} (${group})`).join(', ');
  const message = `${path}.allowedRoutes.kinds has ${names}, and Weir serves HTTPRoute there`;
  const hint = 'write kind: HTTPRoute, or leave kinds out';
  context.report({ severity: 'error', code: 'route-kind-unsupported', path: `${path}.allowedRoutes.kinds`, message, hint });
  return { supported, failure: { reason: 'InvalidRouteKinds', code: 'route-kind-unsupported', message, hint } };
}
