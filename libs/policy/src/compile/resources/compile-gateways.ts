// SPDX-License-Identifier: Apache-2.0
import { identityOfGateway } from '../../resolve/index.ts';
import type { ResolvedGateway, ResolvedListener } from '../../resolve/index.ts';
import type { BackendCertificate, Gateway, Listener, ListenerTls, Port, PortProtocol, Resource } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

/** Everything that Gateways bring: ports with their listeners, and the certificates and authorities that those use. */
export function compileGateways(gateways: Iterable<ResolvedGateway>): readonly Resource[] {
  const resources = new Map<string, Resource>();
  for (const gateway of gateways) {
    for (const resource of compileGateway(gateway)) resources.set(resource.name, resource);
  }
  return [...resources.values()];
}

function compileGateway(gateway: ResolvedGateway): readonly Resource[] {
  const key = `${gateway.document.namespace}/${gateway.document.name}`;
  const bound = gateway.listeners.filter(({ isBound }) => isBound);
  const groups = Map.groupBy(bound, ({ port, protocol }) => `${port} ${protocol === 'UDP' ? 'udp' : 'tcp'}`).values();
  const ports = [...groups].flatMap(listeners => compilePorts({ key, gateway, listeners }));
  const trusts = bound.flatMap(listener => compileTrust(key, listener));
  const shown = bound.length === 0 ? [] : (gateway.backendCertificate.certificate ?? []);
  const certificates = [...bound.flatMap(listener => listener.certificates), shown]
    .flat()
    .map(({ key: secret, pair }): Resource => ({
      kind: 'certificate',
      name: resourceName.certificate(secret),
      chainPem: pair.chainPem,
      keyPem: pair.keyPem,
      dnsNames: pair.dnsNames,
      notAfterMs: pair.notAfterMs,
    }));
  const proxies = gateway.hasOwnProxies ? [compileProxy(gateway, ports)] : [];
  return [...certificates, ...trusts, ...ports, ...proxies];
}

function compileProxy({ document }: ResolvedGateway, ports: readonly Port[]): Gateway {
  const key = `${document.namespace}/${document.name}`;
  return {
    kind: 'gateway',
    name: resourceName.gateway(key),
    identity: identityOfGateway(document),
    ports: ports.map(({ name }) => name),
  };
}

interface PortGroup {
  /** `namespace/gateway`. */
  readonly key: string;
  readonly gateway: ResolvedGateway;
  /** Those of one port, which agree on what its first bytes are. */
  readonly listeners: readonly ResolvedListener[];
}

const PORT_PROTOCOLS: Readonly<Record<Listener['protocol'], PortProtocol>> = {
  HTTP: 'HTTP',
  HTTPS: 'TLS',
  TLS: 'TLS',
  TCP: 'TCP',
  UDP: 'UDP',
};

function compilePorts({ key, gateway, listeners }: PortGroup): readonly Port[] {
  const [first] = listeners;
  if (first?.protocol === undefined) return [];
  const protocol = PORT_PROTOCOLS[first.protocol];
  const nameOf = protocol === 'UDP' ? resourceName.udpPort : resourceName.port;
  const backendCertificate = compileBackendCertificate(gateway);
  const compiled = listeners.map(listener => compileListener(key, listener, backendCertificate));
  return gateway.addresses.map(address => ({
    kind: 'port',
    name: nameOf(gateway.hasOwnProxies ? `${key}/${address}` : address, first.port),
    address,
    port: first.port,
    protocol,
    // A datagram is no connection that a header could begin.
    proxyProtocolFrom: protocol === 'UDP' ? [] : gateway.proxyProtocolFrom,
    listeners: compiled,
  }));
}

function compileBackendCertificate({ backendCertificate }: ResolvedGateway): BackendCertificate | undefined {
  const { isWanted, certificate } = backendCertificate;
  if (!isWanted) return undefined;
  return certificate === undefined
    ? { kind: 'unresolved' }
    : { kind: 'certificate', name: resourceName.certificate(certificate.key) };
}

function compileListener(key: string, listener: ResolvedListener, backendCertificate: BackendCertificate | undefined): Listener {
  const { name, hostname, protocol } = listener;
  return { name, hostname, protocol: protocol ?? 'HTTP', tls: compileTls(key, listener), backendCertificate };
}

function compileTls(key: string, { port, tls, certificates, clientValidation }: ResolvedListener): ListenerTls | undefined {
  if (tls === undefined) return undefined;
  const { mode, minVersion, ciphers } = tls;
  const names = certificates.map(certificate => resourceName.certificate(certificate.key));
  const base = { mode, minVersion, ciphers, certificates: names };
  if (clientValidation === undefined) return { ...base, clientValidation: undefined };
  const trustBundle = clientValidation.authoritiesPem === undefined ? undefined : resourceName.trust(key, port);
  return { ...base, clientValidation: { trustBundle, mode: clientValidation.mode } };
}

/** All listeners of a port that end TLS share one validation (GEP-91), so each of them tells the same. */
function compileTrust(key: string, { port, clientValidation }: ResolvedListener): readonly Resource[] {
  const authoritiesPem = clientValidation?.authoritiesPem;
  return authoritiesPem === undefined ? [] : [{ kind: 'trustBundle', name: resourceName.trust(key, port), authoritiesPem }];
}
