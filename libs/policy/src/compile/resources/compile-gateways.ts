// SPDX-License-Identifier: Apache-2.0
import type { ResolvedGateway, ResolvedListener } from '../../resolve/index.ts';
import type { Listener, ListenerTls, Port, Resource } from '../../snapshot/index.ts';
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
  const numbers = [...new Set(bound.map(({ port }) => port))];
  const ports = numbers.flatMap(port =>
    compilePorts({ key, port, gateway, listeners: bound.filter(listener => listener.port === port) }),
  );
  const trusts = numbers.flatMap(port =>
    compileTrust(
      key,
      bound.find(listener => listener.port === port),
    ),
  );
  const shown = bound.length === 0 ? [] : (gateway.backendCertificate ?? []);
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
  return [...certificates, ...trusts, ...ports];
}

interface PortGroup {
  /** `namespace/gateway`. */
  readonly key: string;
  readonly port: number;
  readonly gateway: ResolvedGateway;
  readonly listeners: readonly ResolvedListener[];
}

function compilePorts({ key, port, gateway, listeners }: PortGroup): readonly Port[] {
  const protocol = listeners[0]?.protocol;
  if (protocol === undefined) return [];
  const compiled = listeners.map(listener => compileListener(key, listener, gateway.backendCertificate));
  return gateway.addresses.map(address => ({
    kind: 'port',
    name: resourceName.port(address, port),
    address,
    port,
    protocol: protocol === 'HTTPS' ? 'TLS' : 'HTTP',
    proxyProtocolFrom: gateway.proxyProtocolFrom,
    listeners: compiled,
  }));
}

function compileListener(key: string, listener: ResolvedListener, shown: ResolvedGateway['backendCertificate']): Listener {
  const { name, hostname, protocol } = listener;
  const tls = protocol === 'HTTPS' ? compileTls(key, listener) : undefined;
  return {
    name,
    hostname,
    protocol: protocol ?? 'HTTP',
    tls,
    backendCertificate: shown === undefined ? undefined : resourceName.certificate(shown.key),
  };
}

function compileTls(key: string, { port, certificates, clientValidation }: ResolvedListener): ListenerTls {
  const names = certificates.map(certificate => resourceName.certificate(certificate.key));
  const base = { mode: 'terminate', minVersion: 'TLSv1.2', ciphers: undefined, certificates: names } as const;
  if (clientValidation === undefined) return { ...base, clientValidation: undefined };
  const trustBundle = clientValidation.authoritiesPem === undefined ? undefined : resourceName.trust(key, port);
  return { ...base, clientValidation: { trustBundle, mode: clientValidation.mode } };
}

/** All listeners of a port share one validation (GEP-91), so any of them tells it. */
function compileTrust(key: string, listener: ResolvedListener | undefined): readonly Resource[] {
  const authoritiesPem = listener?.clientValidation?.authoritiesPem;
  if (listener === undefined || authoritiesPem === undefined) return [];
  return [{ kind: 'trustBundle', name: resourceName.trust(key, listener.port), authoritiesPem }];
}
