// SPDX-License-Identifier: Apache-2.0
import type { ClusterObject } from '../api/cluster-api.ts';

type Texts = Readonly<Record<string, string>>;

/** On a Pod, as label or annotation; see `INJECTED_ANNOTATION` of the policy model. */
const INJECTED = 'weir.dev/injected';

/**
 * A Pod or Node without what nobody reads: a cluster has thousands of them, each of 10 KB, and kubelet writes into each again and again.
 * Objects of other kinds are as they are.
 */
export function neededFields(object: ClusterObject): ClusterObject {
  const { apiVersion, kind } = object;
  if (apiVersion !== 'v1') return object;
  if (kind === 'Pod') return neededOfPod(object);
  return kind === 'Node' ? neededOfNode(object) : object;
}

function neededOfPod(pod: ClusterObject): ClusterObject {
  const { spec, status } = pod;
  return {
    ...headOf(pod),
    spec: picked(spec, ['serviceAccountName', 'hostNetwork']),
    status: picked(status, ['phase', 'podIPs']),
  };
}

function neededOfNode(node: ClusterObject): ClusterObject {
  return { ...headOf(node), spec: picked(node['spec'], ['podCIDR', 'podCIDRs']) };
}

function headOf({ apiVersion, kind, metadata }: ClusterObject): ClusterObject {
  const { name, namespace, uid, resourceVersion, labels, annotations } = metadata as ClusterObject['metadata'] & {
    readonly annotations?: Texts;
  };
  return {
    apiVersion,
    kind,
    metadata: {
      ...{ name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...{ labels: injectedOf(labels), annotations: injectedOf(annotations) },
    },
  };
}

function injectedOf(texts: Texts | undefined): Texts {
  const value = texts?.[INJECTED];
  return value === undefined ? {} : { [INJECTED]: value };
}

/** Nothing where there are no fields. What is of another type is told by the schema. */
function picked(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(names.flatMap(name => (Object.hasOwn(value, name) ? [[name, Reflect.get(value, name)]] : [])));
}
