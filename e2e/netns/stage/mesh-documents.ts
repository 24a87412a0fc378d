// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { Resource } from '@weir/policy/snapshot';

/** A workload that serves a Service at all ports of `every-protocol-app.ts`. */
export interface MeshedHost {
  /** Of the Service, of its identity `shop/NAME`, and of nothing else. */
  readonly name: string;
  /** The last number of its Service's addresses. */
  readonly number: number;
  readonly address: string;
  readonly address6: string;
  readonly mode: 'Permissive' | 'Strict';
}

export interface MeshDocumentOptions {
  readonly unknownDestinations: 'Allow' | 'Registered';
  /** CIDRs in which all addresses are workloads. */
  readonly ranges: string;
}

/** Stand for Services; nobody has them. */
export const SERVICE_RANGES = { ipv4: '10.96.0.0/16', ipv6: 'fd00:96::/64' };

export function serviceAddresses({ number }: Pick<MeshedHost, 'number'>): { readonly ipv4: string; readonly ipv6: string } {
  return { ipv4: `10.96.0.${number}`, ipv6: `fd00:96::${number}` };
}

/** At 80 what is declared, at the others what is not. */
const PORTS = [
  { name: 'http', port: 80, target: 8080 },
  { name: 'some', port: 8080, target: 8080 },
  { name: 'two', port: 8082, target: 8082 },
  { name: 'first', port: 9000, target: 9000 },
  { name: 'own', port: 9443, target: 9443 },
] as const;

/** What a control plane would make of documents about these hosts. Throws where they are wrong. */
export function compileMesh(hosts: readonly MeshedHost[], options: MeshDocumentOptions): readonly Resource[] {
  const objects = [...meshOf(options), ...hosts.flatMap(host => objectsOf(host))];
  const { documents, problems } = parseDocuments(objects.map(object => JSON.stringify(object)).join('\n---\n'), 'mesh.yaml');
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${problem.path}: ${problem.message}`);
  const compiler = createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] });
  const { transaction } = compiler.update(new Map(documents.map(document => [documentKey(document), document])));
  return transaction.upserts;
}

function meshOf({ unknownDestinations, ranges }: MeshDocumentOptions): readonly object[] {
  return [
    {
      apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
      kind: 'XMesh',
      metadata: { name: 'weir' },
      spec: {
        controllerName: 'weir.dev/mesh-controller',
        parametersRef: { group: '', kind: 'ConfigMap', name: 'mesh', namespace: 'weir' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mesh', namespace: 'weir' },
      data: { unknownDestinations, ranges, trustDomain: 'weir.test' },
    },
  ];
}

function objectsOf(host: MeshedHost): readonly object[] {
  const { name, mode, address, address6 } = host;
  const { ipv4, ipv6 } = serviceAddresses(host);
  const metadata = { name, namespace: 'shop' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        clusterIP: ipv4,
        clusterIPs: [ipv4, ipv6],
        ports: PORTS.map(({ target, ...port }) => ({ ...port, targetPort: target })),
      },
    },
    sliceOf(name, { addressType: 'IPv4', address }),
    sliceOf(name, { addressType: 'IPv6', address: address6 }),
    {
      apiVersion: 'weir.dev/v1alpha1',
      kind: 'AccessPolicy',
      metadata,
      spec: { targetRefs: [{ group: '', kind: 'Service', name }], mutualTls: { mode } },
    },
  ];
}

function sliceOf(service: string, { addressType, address }: { readonly addressType: string; readonly address: string }): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service}-${addressType.toLowerCase()}`,
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': service },
      annotations: { 'weir.dev/identity': `shop/${service}` },
    },
    addressType,
    endpoints: [{ addresses: [address] }],
    ports: PORTS.map(({ name, target: port }) => ({ name, port })),
  };
}
