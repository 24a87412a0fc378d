// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { holds } from '../condition/finding.ts';
import { readDocuments } from '../../compile/goldens/read-documents.ts';
import { documentOf } from '../inventory/document-of.ts';
import type { ListenerDraft } from './listener-draft.ts';
import { resolveConflicts } from './resolve-conflicts.ts';

const GATEWAY = documentOf(
  'Gateway',
  readDocuments(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, port: 80, protocol: HTTP }] }
`).get('Gateway/shop/edge'),
)!;

function draft(sectionName: string, { hostname = '*', port = 80 }: { hostname?: string; port?: number } = {}): ListenerDraft {
  return {
    document: GATEWAY,
    name: `shop/edge/${sectionName}`,
    sectionName,
    index: 0,
    port,
    protocol: 'HTTP',
    hostname,
    supportedKinds: [],
    namespaces: { kind: 'same' },
    tls: undefined,
    certificates: [],
    clientValidation: undefined,
    obstacle: undefined,
    references: holds('ResolvedRefs'),
    overlaps: [],
  };
}

describe('listeners of one Gateway', () => {
  it('are refused, all of them, where port and hostname are the same', () => {
    const resolved = resolveConflicts([
      draft('a', { hostname: 'shop.example' }),
      draft('b', { hostname: 'shop.example' }),
      draft('c'),
    ]);
    expect(resolved.map(({ obstacle }) => obstacle)).toEqual([
      {
        status: 'False',
        reason: 'HostnameConflict',
        message: 'port 80 with hostname shop.example is also what listener `b` has; give one of them another hostname or port',
      },
      {
        status: 'False',
        reason: 'HostnameConflict',
        message: 'port 80 with hostname shop.example is also what listener `a` has; give one of them another hostname or port',
      },
      undefined,
    ]);
  });

  it('may share a hostname on different ports', () => {
    const resolved = resolveConflicts([draft('a'), draft('b', { port: 81 })]);
    expect(resolved.map(({ obstacle }) => obstacle)).toEqual([undefined, undefined]);
  });
});
