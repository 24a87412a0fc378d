// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Document } from '../documents/index.ts';
import { readDocuments } from './goldens/read-documents.ts';
import { createCompiler } from './index.ts';
import type { Compilation, Compiler } from './index.ts';

const NAMES = ['cart', 'pay', 'web'];

function serviceOf(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { ports: [{ port: 80, name: 'http' }] },
  };
}

function sliceOf(name: string, addresses: readonly string[], identity?: string): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-1`,
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': name },
      ...(identity === undefined ? {} : { annotations: { 'weir.dev/identity': identity } }),
    },
    addressType: 'IPv4',
    endpoints: addresses.map(address => ({ addresses: [address] })),
    ports: [{ name: 'http', port: 3000 }],
  };
}

function accessOf(mode: string): object {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'AccessPolicy',
    metadata: { name: 'pay', namespace: 'shop' },
    spec: { targetRefs: [{ group: '', kind: 'Service', name: 'pay' }], mutualTls: { mode } },
  };
}

/** A compiler that is told what is written, object by object. */
class Directory {
  private readonly documents = new Map<string, Document>();
  private readonly compiler: Compiler = createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] });

  write(...objects: readonly object[]): Compilation {
    for (const object of objects) {
      for (const [key, document] of readDocuments(JSON.stringify(object))) this.documents.set(key, document);
    }
    return this.compiler.update(new Map(this.documents));
  }
}

function namesOf({ transaction }: Compilation): readonly string[] {
  return [...transaction.upserts.map(({ name }) => name), ...transaction.removes.map(name => `-${name}`)];
}

function meshed(): Directory {
  const directory = new Directory();
  directory.write(...NAMES.flatMap((name, index) => [serviceOf(name), sliceOf(name, [`10.0.${index}.1`], `shop/${name}`)]));
  return directory;
}

describe('a change in the mesh', () => {
  it('of an endpoint touches who calls there and the workload, and no rule', () => {
    const changed = meshed().write(sliceOf('pay', ['10.0.1.2'], 'shop/pay'));
    expect(namesOf(changed)).toEqual(['backend/shop/pay/80', 'workload/shop/pay/10.0.1.2', '-workload/shop/pay/10.0.1.1']);
  });

  it('of the mode touches the Service, its backend and who serves it', () => {
    const directory = meshed();
    directory.write(accessOf('Permissive'));
    expect(namesOf(directory.write(accessOf('Strict')))).toEqual([
      'backend/shop/pay/80',
      'mesh/shop/pay',
      'workload/shop/pay/10.0.1.1',
    ]);
  });

  it('takes the whole mesh away with its last identity, and leaves nothing behind', () => {
    const directory = new Directory();
    directory.write(serviceOf('web'), sliceOf('web', ['10.0.0.1'], 'shop/web'));
    expect(namesOf(directory.write(sliceOf('web', ['10.0.0.1'])))).toEqual([
      '-backend/shop/web/80',
      '-inbound-rule/shop/web/80',
      '-mesh-rule/shop/web/80',
      '-mesh-settings',
      '-mesh/shop/web',
      '-workload/shop/web/10.0.0.1',
    ]);
  });
});

describe('a Pod of the mesh', () => {
  const podOf = (name: string, address: string, phase = 'Running'): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { 'weir.dev/injected': 'true' } },
    spec: { serviceAccountName: name },
    status: { phase, podIPs: [{ ip: address }] },
  });
  const sliceOfPod = (name: string, address: string): object => ({
    ...sliceOf(name, []),
    endpoints: [{ addresses: [address], targetRef: { kind: 'Pod', namespace: 'shop', name } }],
  });

  it('makes a mesh of what was none, and the last one that goes ends it', () => {
    const directory = new Directory();
    directory.write(serviceOf('pay'), sliceOfPod('pay', '10.0.1.1'));
    const begun = namesOf(directory.write(podOf('pay', '10.0.1.1')));
    expect(begun).toEqual(expect.arrayContaining(['mesh-settings', 'mesh/shop/pay', 'workload/shop/pay/10.0.1.1']));
    const ended = namesOf(directory.write(podOf('pay', '10.0.1.1', 'Succeeded')));
    expect(ended).toEqual(expect.arrayContaining(['-mesh-settings', '-mesh/shop/pay', '-workload/shop/pay/10.0.1.1']));
  });

  it('that is replaced touches who calls its Service and its workload, and nobody else', () => {
    const directory = new Directory();
    for (const [index, name] of NAMES.entries()) {
      directory.write(serviceOf(name), sliceOfPod(name, `10.0.${index}.1`), podOf(name, `10.0.${index}.1`));
    }
    // The Pod is heard of before its slice: meanwhile nobody is called, and nobody serves.
    expect(namesOf(directory.write(podOf('pay', '10.0.1.2')))).toEqual([
      ...['backend/shop/pay/80', 'workload/shop/pay/10.0.1.2'],
      ...['-inbound-rule/shop/pay/80', '-workload/shop/pay/10.0.1.1'],
    ]);
    expect(namesOf(directory.write(sliceOfPod('pay', '10.0.1.2')))).toEqual([
      ...['backend/shop/pay/80', 'inbound-rule/shop/pay/80', 'workload/shop/pay/10.0.1.2'],
    ]);
    expect(
      namesOf(directory.write({ ...podOf('cart', '10.0.0.1'), spec: { serviceAccountName: 'cart', nodeName: 'two' } })),
    ).toEqual([]);
  });
});
