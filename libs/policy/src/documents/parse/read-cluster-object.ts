// SPDX-License-Identifier: Apache-2.0
import type { Document, DocumentSource } from '../document.ts';
import { isMapping, readObject } from './read-object.ts';
import type { ReadObject, RefusedObject } from './read-object.ts';
import { standInFor } from './stand-in.ts';

/** No file is behind the objects of a cluster. */
const CLUSTER: DocumentSource = { label: 'cluster', locate: () => ({}) };

/** Groups whose kinds are Kubernetes' own: what they come to have in later releases is none of what Weir reads. */
const OWN_GROUPS = new Set(['v1', 'discovery.k8s.io/v1']);

/** What an object of a cluster came to. */
export type ReadClusterObject =
  | Exclude<ReadObject, RefusedObject>
  /** `standIn`: keeps closed what the object may guard, for whoever knows nothing that it said before. */
  | (RefusedObject & { readonly standIn: Document | undefined });

/** Reads an object as an API server gives it. Never throws. */
export function readClusterObject(value: unknown): ReadClusterObject {
  const apiVersion = isMapping(value) ? value['apiVersion'] : undefined;
  const prunesUnknown = typeof apiVersion === 'string' && OWN_GROUPS.has(apiVersion);
  const read = readObject({ value, place: CLUSTER, prunesUnknown });
  if (read.kind !== 'refused') return read;
  return { ...read, standIn: standInFor({ value, place: CLUSTER, problems: read.problems }) };
}
