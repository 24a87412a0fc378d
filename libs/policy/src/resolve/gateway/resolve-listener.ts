// SPDX-License-Identifier: Apache-2.0
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import { fails, holds } from '../condition/finding.ts';
import { ANY_HOSTNAME } from '../hostname/intersect-hostnames.ts';
import type { GatewayListenerSpec } from '../inventory/document-of.ts';
import type { ListenerContext, ReferenceFailure } from './gateway-context.ts';
import type { ListenerDraft, ServedProtocol } from './listener-draft.ts';
import { resolveNamespaceRule } from './namespace-rule.ts';
import { resolveCertificateRefs } from './resolve-certificate-refs.ts';
import type { ResolvedCertificate } from './resolve-certificate-refs.ts';
import type { ResolvedClientValidation } from './resolve-client-validation.ts';
import { kindsOfProtocol, resolveRouteKinds } from './route-kinds.ts';
import { DEFAULT_TLS_OPTIONS, parseTlsOptions } from './tls-options.ts';

const SERVED_PROTOCOLS: readonly ServedProtocol[] = ['HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP'];

interface ListenerPlace {
  readonly index: number;
  /** What holds for the port; undefined where no TLS is. */
  readonly clientValidation: ResolvedClientValidation | undefined;
}

/** Resolves one listener by itself: conflicts with its neighbours are found afterwards. */
export function resolveListener(context: ListenerContext, spec: GatewayListenerSpec, place: ListenerPlace): ListenerDraft {
  const path = `spec.listeners[${place.index}]`;
  const protocol = SERVED_PROTOCOLS.find(served => served === spec.protocol);
  if (protocol !== undefined) {
    const tls = protocol === 'HTTPS' || protocol === 'TLS' ? resolveTls(context, spec, path) : NO_TLS;
    return resolveServedListener(context, spec, { ...place, protocol, tls });
  }
  const message = `listener \`${spec.name}\` has protocol ${spec.protocol}; Weir serves ${SERVED_PROTOCOLS.join(', ')}`;
  const meant = nearestName(spec.protocol, SERVED_PROTOCOLS);
  const hint = meant === undefined ? `write one of ${SERVED_PROTOCOLS.join(', ')}` : `did you mean \`${meant}\`?`;
  context.report({ severity: 'error', code: 'protocol-unsupported', path: `${path}.protocol`, message, hint });
  return {
    ...draftBase(context, spec, place),
    protocol: undefined,
    supportedKinds: [],
    tls: undefined,
    certificates: [],
    obstacle: fails('UnsupportedProtocol', message),
    references: holds('ResolvedRefs'),
  };
}

interface ServedPlace extends ListenerPlace {
  readonly protocol: ServedProtocol;
  readonly tls: ListenerTls;
}

function resolveServedListener(context: ListenerContext, spec: GatewayListenerSpec, place: ServedPlace): ListenerDraft {
  const { index, protocol, tls } = place;
  // Who is not terminated here is not looked at either.
  const clientValidation = tls.tls?.mode === 'terminate' ? place.clientValidation : undefined;
  const path = `spec.listeners[${index}]`;
  const kinds = resolveKinds(context, spec, { path, protocol });
  if (tls.obstacle !== undefined) {
    const { message } = tls.obstacle;
    context.report({ severity: 'error', code: 'tls-unsupported', path: `${path}.${tls.field}`, message, hint: tls.hint });
  }
  const failure = tls.failure ?? kinds.failure ?? clientValidation?.failure;
  return {
    ...draftBase(context, spec, { ...place, clientValidation }),
    protocol,
    supportedKinds: kinds.supported,
    tls: tls.tls,
    certificates: tls.certificates,
    obstacle: tls.obstacle ?? validationObstacle(clientValidation),
    references: failure === undefined ? holds('ResolvedRefs') : fails(failure.reason, failure.message),
  };
}

type DraftBase = Omit<ListenerDraft, 'certificates' | 'obstacle' | 'protocol' | 'references' | 'supportedKinds' | 'tls'>;

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
  readonly tls: ListenerDraft['tls'];
  readonly certificates: readonly ResolvedCertificate[];
  readonly obstacle: ListenerDraft['obstacle'];
  /** Where the obstacle is, and how it is removed. */
  readonly field: string;
  readonly hint: string;
  readonly failure: ReferenceFailure | undefined;
}

const NO_TLS: ListenerTls = {
  tls: undefined,
  certificates: [],
  obstacle: undefined,
  field: 'tls',
  hint: '',
  failure: undefined,
};

function resolveTls(context: ListenerContext, { name, protocol, tls }: GatewayListenerSpec, path: string): ListenerTls {
  const options = tls?.options ?? {};
  if (tls?.mode === 'Passthrough') return resolvePassthrough(name, protocol, options);
  const parsed = parseTlsOptions(options);
  if ('message' in parsed) {
    const obstacle = fails('UnsupportedValue', `listener \`${name}\` has ${parsed.message}`);
    return { ...NO_TLS, obstacle, field: `tls.options.${parsed.option}`, hint: parsed.hint };
  }
  const terminated: ListenerTls = { ...NO_TLS, tls: { mode: 'terminate', ...parsed } };
  const refs = tls?.certificateRefs ?? [];
  const { certificates, failure } = resolveCertificateRefs(context, refs, `${path}.tls.certificateRefs`);
  if (refs.length > 0) return { ...terminated, certificates, failure };
  const message = `${path} terminates TLS without tls.certificateRefs`;
  const hint = 'name the Secret with its certificate in tls.certificateRefs';
  context.report({ severity: 'error', code: 'certificate-missing', path, message, hint });
  return { ...terminated, failure: { reason: 'InvalidCertificateRef', code: 'certificate-missing', message, hint } };
}

function resolvePassthrough(name: string, protocol: string, options: Readonly<Record<string, string>>): ListenerTls {
  if (protocol === 'HTTPS') {
    const message = `listener \`${name}\` has tls.mode Passthrough, and an HTTPS listener terminates TLS`;
    return { ...NO_TLS, obstacle: fails('UnsupportedValue', message), hint: 'write protocol: TLS, or mode: Terminate' };
  }
  const keys = Object.keys(options);
  if (keys.length === 0) return { ...NO_TLS, tls: { mode: 'passthrough', ...DEFAULT_TLS_OPTIONS } };
  const message = `listener \`${name}\` has tls.options ${keys.join(', ')}, and with mode Passthrough TLS is the backend's`;
  const hint = 'leave the options out, or write mode: Terminate';
  return { ...NO_TLS, obstacle: fails('UnsupportedValue', message), field: 'tls.options', hint };
}

function resolveKinds(
  context: ListenerContext,
  { allowedRoutes }: GatewayListenerSpec,
  { path, protocol }: { readonly path: string; readonly protocol: ServedProtocol },
): { supported: ListenerDraft['supportedKinds']; failure: ReferenceFailure | undefined } {
  const { supported, refused } = resolveRouteKinds(protocol, allowedRoutes.kinds);
  if (refused.length === 0) return { supported, failure: undefined };
  const names = refused.map(({ group, kind }) => `${kind} (${group})`).join(', ');
  const possible = kindsOfProtocol(protocol);
  const message = `${path}.allowedRoutes.kinds has ${names}, and protocol ${protocol} takes ${possible.join(' and ')}`;
  const hint = `write kind: ${possible.join(' or ')}, or leave kinds out`;
  context.report({ severity: 'error', code: 'route-kind-unsupported', path: `${path}.allowedRoutes.kinds`, message, hint });
  return { supported, failure: { reason: 'InvalidRouteKinds', code: 'route-kind-unsupported', message, hint } };
}
