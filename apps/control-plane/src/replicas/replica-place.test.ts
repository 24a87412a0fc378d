// SPDX-License-Identifier: Apache-2.0
import { readClusterObject } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import { expect, it } from 'vitest';
import { otherReplicas } from './replica-place.ts';

interface PodFacts {
  readonly name: string;
  readonly namespace?: string;
  readonly account?: string;
  readonly phase?: string;
  readonly ip?: string;
}

function documentOf(object: object): Document {
  const read = readClusterObject(object);
  if (read.kind !== 'document') throw new Error(JSON.stringify(read));
  return read.document;
}

function pod({ name, namespace = 'weir-system', account = 'weir-control-plane', phase = 'Running', ip }: PodFacts) {
  const status = { phase, podIPs: ip === undefined ? [] : [{ ip }] };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { serviceAccountName: account }, status };
  return [`Pod/${namespace}/${name}`, documentOf(object)] as const;
}

it('finds the other Pods of control planes in the namespace that may have proxies', () => {
  const documents = new Map([
    pod({ name: 'self', ip: '10.0.0.1' }),
    pod({ name: 'other', ip: '10.0.0.2' }),
    pod({ name: 'without-address' }),
    pod({ name: 'without-image', phase: 'Pending', ip: '10.0.0.6' }),
    pod({ name: 'ended', phase: 'Succeeded', ip: '10.0.0.3' }),
    pod({ name: 'gateway', account: 'edge-weir', ip: '10.0.0.4' }),
    pod({ name: 'elsewhere', namespace: 'other-system', ip: '10.0.0.5' }),
  ]);
  expect(otherReplicas(documents, { namespace: 'weir-system', replica: 'self' })).toEqual([
    { name: 'other', address: '10.0.0.2' },
  ]);
});
