// SPDX-License-Identifier: Apache-2.0
import { INJECT_LABEL } from '@weir/kubernetes';
import { z } from 'zod';
import type { ClusterReads } from './cluster-reads.ts';

const LIST = z.object({
  items: z
    .array(z.object({ metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }) }))
    .default([]),
});

/** As kubectl writes it. */
export const INJECTED = `${INJECT_LABEL.name}=${INJECT_LABEL.value}`;

export interface LabelledNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Namespaces whose pods get sidecars. */
export async function labelledNamespaces(cluster: Pick<ClusterReads, 'read'>): Promise<readonly LabelledNamespace[]> {
  const found = await cluster.read(`/api/v1/namespaces?labelSelector=${encodeURIComponent(INJECTED)}`);
  return LIST.parse(found ?? {}).items.map(({ metadata }) => metadata);
}
