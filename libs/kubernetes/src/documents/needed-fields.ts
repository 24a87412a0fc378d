// SPDX-License-Identifier: Apache-2.0
import { DEPLOYMENT_ANNOTATION, POD_TEMPLATE_HASH, PROMOTED_GATE } from '@weir/policy/resolve';
import type { ClusterObject } from '../api/cluster-api.ts';
import { fieldsOf, listOf } from '../status/plain-fields.ts';
import type { Fields } from '../status/plain-fields.ts';
import { neededEntries } from './needed-entries.ts';

type Texts = Readonly<Record<string, string>>;

/** On a Pod, as label or annotation; see `INJECTED_ANNOTATION` of the policy model. */
const INJECTED = 'weir.dev/injected';
/** What is read of the conditions of such a Pod. Those of others change often, and nobody reads them. */
const READ_CONDITIONS: ReadonlySet<unknown> = new Set(['ContainersReady', PROMOTED_GATE]);

/**
 * A Pod or Node without what nobody reads: a cluster has thousands of them, each of 10 KB, and kubelet writes into each again and again.
 * A ConfigMap or Secret without what is too large to be read. Objects of other kinds are as they are.
 */
export function neededFields(object: ClusterObject): ClusterObject {
  const { apiVersion, kind } = object;
  if (apiVersion !== 'v1') return object;
  if (kind === 'Pod') return neededOfPod(object);
  if (kind === 'ConfigMap' || kind === 'Secret') return neededEntries(object);
  return kind === 'Node' ? neededOfNode(object) : object;
}

function neededOfPod(pod: ClusterObject): ClusterObject {
  const { spec, status } = pod;
  const isHeld = gatesOf(spec).includes(PROMOTED_GATE);
  return {
    ...headOf(pod, { labels: [INJECTED, POD_TEMPLATE_HASH], annotations: [INJECTED, DEPLOYMENT_ANNOTATION] }),
    spec: {
      ...picked(spec, ['serviceAccountName', 'hostNetwork']),
      ...(isHeld && { readinessGates: [{ conditionType: PROMOTED_GATE }] }),
    },
    status: { ...picked(status, ['phase', 'podIPs']), ...(isHeld && { conditions: readConditionsOf(status) }) },
  };
}

function gatesOf(spec: unknown): readonly unknown[] {
  return listOf(fieldsOf(spec)['readinessGates']).map(gate => fieldsOf(gate)['conditionType']);
}

function readConditionsOf(status: unknown): readonly object[] {
  const conditions = listOf(fieldsOf(status)['conditions']).filter(one => READ_CONDITIONS.has(fieldsOf(one)['type']));
  return conditions.map(one => picked(one, ['type', 'status']));
}

function neededOfNode(node: ClusterObject): ClusterObject {
  return { ...headOf(node, { labels: [], annotations: [] }), spec: picked(node['spec'], ['podCIDR', 'podCIDRs']) };
}

/** `names`: of the labels and annotations that are read. */
function headOf(
  { apiVersion, kind, metadata }: ClusterObject,
  read: { readonly labels: readonly string[]; readonly annotations: readonly string[] },
): ClusterObject {
  const { name, namespace, uid, resourceVersion, labels, annotations } = metadata as ClusterObject['metadata'] & {
    readonly annotations?: Texts;
  };
  return {
    apiVersion,
    kind,
    metadata: {
      ...{ name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...{ labels: textsOf(labels, read.labels), annotations: textsOf(annotations, read.annotations) },
    },
  };
}

function textsOf(texts: Texts | undefined, names: readonly string[]): Texts {
  return Object.fromEntries(names.flatMap(name => (texts?.[name] === undefined ? [] : [[name, texts[name]]])));
}

/** Nothing where there are no fields. What is of another type is told by the schema. */
function picked(value: unknown, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(names.flatMap(name => (Object.hasOwn(value, name) ? [[name, Reflect.get(value, name)]] : [])));
}
