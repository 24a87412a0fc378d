// SPDX-License-Identifier: Apache-2.0
import type { DocumentSource } from '../document.ts';
import { isMapping, readObject } from './read-object.ts';
import type { ReadObject } from './read-object.ts';

/** No file is behind the objects of a cluster. */
const CLUSTER: DocumentSource = { label: 'cluster', locate: () => ({}) };

/** Groups whose kinds are Kubernetes' own: what they come to have in later releases is none of what Weir reads. */
const OWN_GROUPS = new Set(['v1', 'discovery.k8s.io/v1']);

/** Reads an object as an API server gives it. Never throws. */
export function readClusterObject(value: unknown): ReadObject {
  const apiVersion = isMapping(value) ? value['apiVersion'] : undefined;
  const prunesUnknown = typeof apiVersion === 'string' && OWN_GROUPS.has(apiVersion);
  return readObject({ value, place: CLUSTER, prunesUnknown });
}
