// SPDX-License-Identifier: Apache-2.0
import type { TestDocument } from '@weir/testing';
import type { Fields } from './documents.ts';

export interface TargetOptions {
  readonly target: string;
  /** HTTPRoute unless another kind is named. */
  readonly kind?: string;
  readonly section?: string;
}

/** A TrafficPolicy of the namespace `default` for one target: an HTTPRoute by its name, or what the options say. */
export function trafficPolicy(name: string, to: string | TargetOptions, spec: Fields): TestDocument {
  const { target, kind = 'HTTPRoute', section }: TargetOptions = typeof to === 'string' ? { target: to } : to;
  const group = kind === 'Service' || kind === 'Namespace' ? '' : 'gateway.networking.k8s.io';
  const sectionName = section === undefined ? {} : { sectionName: section };
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group, kind, name: target, ...sectionName }], ...spec },
  };
}

/** A limit that does not fill again while a test runs. */
export function limitOf(name: string, requests: number, more: Fields = {}): Fields {
  return { name, windows: [{ requests, per: '24h' }], ...more };
}
