// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { routePrefix } from '../load/route-paths.ts';
import type { PeerSetup, TlsFiles } from './peer.ts';

type Document = Readonly<Record<string, unknown>>;

/** Response field that says which edit of a route answered. */
export const EDIT_FIELD = 'x-edit';

/** Writes a Gateway, a Service with its endpoint, and each route in a file of its own; returns their directory. */
export function writeWeirDocuments(setup: PeerSetup): string {
  const directory = join(setup.directory, 'documents');
  mkdirSync(join(directory, 'routes'), { recursive: true });
  write(join(directory, 'gateway.json'), [...gatewayDocuments(setup), ...serviceDocuments(setup.backendPort)]);
  if (setup.isTcp) write(join(directory, 'routes', 'tcp.json'), [TCP_ROUTE]);
  else for (let index = 0; index < setup.routeCount; index++) writeRouteFile(directory, index);
  return directory;
}

/** Writes the file of one route; with `edit` its responses carry that number. */
export function writeRouteFile(directory: string, index: number, edit?: number): void {
  write(join(directory, 'routes', `route-${index}.json`), [routeDocument(index, edit)]);
}

function write(file: string, documents: readonly Document[]): void {
  const [only] = documents;
  writeFileSync(file, JSON.stringify(documents.length === 1 ? only : { apiVersion: 'v1', kind: 'List', items: documents }));
}

const TCP_ROUTE: Document = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'TCPRoute',
  metadata: { name: 'all' },
  spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'backend', port: 80 }] }] },
};

function gatewayDocuments({ listenPort, tls, isTcp }: PeerSetup): readonly Document[] {
  const listener =
    tls === undefined
      ? { name: 'plain', port: listenPort, protocol: isTcp ? 'TCP' : 'HTTP' }
      : { name: 'https', port: listenPort, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'certificate' }] } };
  const gateway: Document = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: { gatewayClassName: 'weir', listeners: [listener] },
  };
  return tls === undefined ? [gateway] : [gateway, secretDocument(tls)];
}

function secretDocument({ certificateFile, keyFile }: TlsFiles): Document {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'certificate' },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': readFileSync(certificateFile, 'base64'), 'tls.key': readFileSync(keyFile, 'base64') },
  };
}

function serviceDocuments(backendPort: number): readonly Document[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'backend' },
      spec: { ports: [{ name: 'http', port: 80, targetPort: backendPort }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'backend-1', labels: { 'kubernetes.io/service-name': 'backend' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: backendPort }],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
  ];
}

function routeDocument(index: number, edit: number | undefined): Document {
  const editFilter = {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: EDIT_FIELD, value: String(edit) }] },
  };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `route-${index}` },
    spec: {
      parentRefs: [{ name: 'edge' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: routePrefix(index) } }],
          ...(edit === undefined ? {} : { filters: [editFilter] }),
          backendRefs: [{ name: 'backend', port: 80 }],
        },
      ],
    },
  };
}
