// SPDX-License-Identifier: Apache-2.0
import type { BackendProtocol, Endpoint, MeshedBackend, Split } from '../../snapshot/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { meshModeOf } from '../mesh/mesh-mode.ts';
import { meshName } from '../mesh/mesh-names.ts';
import { meshProtocolOf } from '../mesh/mesh-protocol.ts';
import { identityOf } from '../mesh/workload-identity.ts';
import { compileSplit, divideEndpoints } from '../rollout/divide-endpoints.ts';
import type { DividedEndpoints, DividedPort } from '../rollout/divide-endpoints.ts';
import { resolveTrust } from '../tls-policy/resolve-trust.ts';
import type { BackendTrust, TrustSources } from '../tls-policy/resolve-trust.ts';
import { selectTlsPolicy } from '../tls-policy/select-tls-policy.ts';
import type { BackendTarget } from './backend-target.ts';
import { collectEndpoints } from './collect-endpoints.ts';
import { resolveBalancing } from './resolve-balancing.ts';
import type { Balancing } from './resolve-balancing.ts';
import { resolveProxyProtocol } from './proxy-protocol.ts';
import { findPort, spokenProtocol } from './service-port.ts';
import type { ServiceDocument, ServicePort } from './service-port.ts';
import { findSlicePort } from './slice-port.ts';
import { topologyHintsOf, withHints, withoutHints } from './topology-hints.ts';
import type { HintedEndpoint, TopologyHints } from './topology-hints.ts';

/** A Service's port with who serves it now. */
export interface ResolvedBackend extends Balancing {
  readonly target: BackendTarget;
  readonly protocol: BackendProtocol;
  /** Undefined = plaintext. */
  readonly trust: BackendTrust | undefined;
  readonly proxyProtocol: 'v1' | 'v2' | undefined;
  /** Undefined = there is no mesh, or it does not carry what this is. */
  readonly mesh: MeshedBackend | undefined;
  /** Sorted, each once. */
  readonly endpoints: readonly Endpoint[];
  /** Absent, as for most: no Rollout divides its calls. */
  readonly split?: Split;
  readonly issues: readonly Issue[];
}

type Slice = DocumentOf<'EndpointSlice'>;
type Report = (issue: Issue) => void;

/** Undefined when there is no such Service or port. */
export function resolveBackend(target: BackendTarget, sources: TrustSources): ResolvedBackend | undefined {
  const { lookup } = sources;
  const service = lookup.get('Service', target.namespace, target.service);
  const transport = target.variant === 'udp' ? 'UDP' : 'TCP';
  const port = service === undefined ? undefined : findPort(service, target.port, transport);
  if (service === undefined || port === undefined) return undefined;
  const issues: Issue[] = [];
  // What is wrong is the same for every caller, and is told once.
  const report: Report = target.callers === undefined ? issue => issues.push(issue) : () => undefined;
  const slices = slicesOf(lookup, service);
  const proxyProtocol = resolveProxyProtocol(service);
  const usable = slices.filter(slice => isUsableSlice(slice, service, report));
  const { divided, found } = serversOf({ service, port, slices: usable, lookup }, report);
  const hints = topologyHintsOf(found);
  const balancing = resolveBalancing(service, { lookup, report, target, hints });
  if (found.length === 0) report(noEndpoints({ target, service, port, slices }));
  const isMuddled = typeof proxyProtocol === 'object';
  if (isMuddled) report(proxyProtocol);
  const endpoints = isMuddled ? [] : endpointsFor(balancing, found, hints);
  return {
    target,
    protocol: protocolOf(target, port),
    trust: trustOf(target, port, sources),
    proxyProtocol: isMuddled || transport === 'UDP' ? undefined : proxyProtocol,
    mesh: meshedBackend(target, port, lookup),
    ...forTransport(transport, balancing),
    endpoints,
    ...splitOf(divided, balancing),
    issues,
  };
}

/** Who serves now, and of which revision each is where a Rollout says so. */
function serversOf(
  served: Omit<DividedPort, 'usableSlices'>,
  report: Report,
): { readonly divided: DividedEndpoints | undefined; readonly found: readonly HintedEndpoint[] } {
  const { lookup, slices, port } = served;
  const usableSlices: DividedPort['usableSlices'] = other =>
    slicesOf(lookup, other).filter(slice => isUsableSlice(slice, other, report));
  const divided = divideEndpoints({ ...served, usableSlices });
  return { divided, found: divided?.serving ?? collectEndpoints(slices, port, { lookup }) };
}

function slicesOf(lookup: Lookup, { namespace, name }: ServiceDocument): readonly Slice[] {
  return [...lookup.slicesOf(namespace, name)].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function splitOf(divided: DividedEndpoints | undefined, balancing: Balancing): Pick<ResolvedBackend, 'split'> {
  if (divided?.candidate === undefined) return {};
  const endpointsOf = (found: readonly HintedEndpoint[]): readonly Endpoint[] =>
    endpointsFor(balancing, found, topologyHintsOf(found));
  return { split: compileSplit(divided, { stable: endpointsOf(divided.stable), candidate: endpointsOf(divided.candidate) }) };
}

/** Where zones make no difference, a change of hints is none of the endpoints. */
function endpointsFor(
  { zonePreference }: Balancing,
  found: readonly HintedEndpoint[],
  hints: TopologyHints,
): readonly Endpoint[] {
  return zonePreference === undefined ? withoutHints(found) : withHints(found, hints);
}

/** Nobody answers a check at a UDP port: only one that says where else to ask is made. */
function forTransport(transport: 'TCP' | 'UDP', balancing: Balancing): Balancing {
  const { health } = balancing;
  if (transport === 'TCP' || health?.check === undefined || health.check.port !== undefined) return balancing;
  return { ...balancing, health: { ...health, check: undefined } };
}

function protocolOf({ variant }: BackendTarget, port: ServicePort): BackendProtocol {
  return variant === 'http2' ? 'http2' : (spokenProtocol(port)?.protocol ?? 'http1');
}

function meshedBackend(target: BackendTarget, port: ServicePort, lookup: Lookup): MeshedBackend | undefined {
  if (target.variant === 'udp' || !lookup.hasMesh()) return undefined;
  return {
    mode: meshModeOf(lookup, target.namespace, target.service),
    // A route that needs HTTP/2 has said what is spoken.
    protocol: target.variant === 'http2' ? 'http2' : meshProtocolOf(port),
    serverName: meshName.server(target),
  };
}

/** What is wrong with the policy is told at the policy. */
function trustOf(
  { namespace, service, variant }: BackendTarget,
  { name }: ServicePort,
  sources: TrustSources,
): BackendTrust | undefined {
  if (variant === 'udp') return undefined;
  const policy = selectTlsPolicy(sources.lookup, { namespace, service, portName: name });
  return policy === undefined ? undefined : resolveTrust(policy, sources).trust;
}

function isUsableSlice(slice: Slice, { spec }: ServiceDocument, report: Report): boolean {
  if (slice.addressType !== 'IPv4' && slice.addressType !== 'IPv6') {
    report({
      document: slice,
      severity: 'error',
      code: 'address-type-unsupported',
      path: 'addressType',
      message: `addressType is ${slice.addressType}, and Weir forwards to IP addresses`,
      hint: 'write addressType: IPv4 or IPv6 and the addresses themselves',
    });
    return false;
  }
  const identity = identityOf(slice);
  if (typeof identity === 'object') {
    report(identity);
    return false;
  }
  // A Service of both families lists each workload twice; its first family is the preferred one.
  const family = spec.ipFamilies?.[0];
  return family === undefined || family === slice.addressType;
}

interface Emptiness {
  readonly target: BackendTarget;
  readonly service: ServiceDocument;
  readonly port: ServicePort;
  readonly slices: readonly Slice[];
}

function noEndpoints({ target, service, port, slices }: Emptiness): Issue {
  const base = { document: service, severity: 'warning', code: 'no-endpoints', path: 'metadata.name' } as const;
  const subject = `port ${target.port} has no endpoint that is ready, so ${target.variant === 'udp' ? 'datagrams are dropped' : 'requests get 503'}`;
  if (slices.length === 0) {
    const hint = `write an EndpointSlice in namespace \`${target.namespace}\` with label kubernetes.io/service-name: ${target.service}`;
    return { ...base, message: `${subject}: no EndpointSlice names it`, hint };
  }
  if (slices.every(slice => findSlicePort(slice, port) === undefined)) {
    const names = [...new Set(slices.flatMap(slice => (slice.ports ?? []).map(({ name }) => `\`${name ?? ''}\``)))].join(', ');
    const hint = 'give the port the same name in Service and EndpointSlice';
    return {
      ...base,
      message: `${subject}: its port is named \`${port.name ?? ''}\`, and its EndpointSlices have ${names === '' ? 'no ports' : names}`,
      hint,
    };
  }
  return { ...base, message: subject, hint: undefined };
}
