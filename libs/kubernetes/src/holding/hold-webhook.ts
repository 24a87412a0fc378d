// SPDX-License-Identifier: Apache-2.0
import { POD_TEMPLATE_HASH } from '@weir/policy/resolve';

/** Name of the webhook, which is in the words of API servers that it does not answer. */
export const HOLD_WEBHOOK = 'rollouts.weir.dev';
/** Name of its configuration, which the chart makes without any webhook. */
export const HOLD_CONFIGURATION = 'weir-rollouts';

/** Where API servers ask. */
export interface HoldClientConfig {
  readonly service?: { readonly namespace: string; readonly name: string; readonly path: string; readonly port: number };
  /** In the place of a Service. */
  readonly url?: string;
  /** Base64 of PEM. */
  readonly caBundle: string;
}

/** Characters of all names in one condition: API servers compile no expression of more than 100,000. */
const MAX_NAMES_LENGTH = 50_000;

/**
 * Entries of the MutatingWebhookConfiguration, by which API servers ask about new Pods of these Deployments (`namespace/name`) and about no other:
 * none where there are no such Deployments, so that nobody else waits for an answer. Every field is given that an API server would fill in, so
 * that what it has can be compared.
 */
export function holdWebhooks(deployments: ReadonlySet<string>, clientConfig: HoldClientConfig): readonly object[] {
  return inParts([...deployments].sort()).map((names, index) => {
    const namespaces = [...new Set(names.map(name => name.slice(0, name.indexOf('/'))))];
    return {
      // Of a name within the first one, so that words about it are found by that.
      name: index === 0 ? HOLD_WEBHOOK : `${index + 1}.${HOLD_WEBHOOK}`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      // A Pod of the new revision that is not held back has requests before anything has been looked at: rather no Pod.
      failurePolicy: 'Fail',
      timeoutSeconds: 10,
      reinvocationPolicy: 'Never',
      matchPolicy: 'Equivalent',
      clientConfig,
      namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }] },
      objectSelector: { matchExpressions: [{ key: POD_TEMPLATE_HASH, operator: 'Exists' }] },
      matchConditions: [{ name: 'is-of-a-rollout', expression: isOfOneOf(names) }],
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' }],
    };
  });
}

/** As many in each as one condition may have. */
function inParts(names: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let length = MAX_NAMES_LENGTH;
  for (const name of names) {
    length += name.length;
    if (length > MAX_NAMES_LENGTH) {
      parts.push([]);
      ({ length } = name);
    }
    parts.at(-1)?.push(name);
  }
  return parts;
}

/** In CEL: the Pod is of a ReplicaSet of one of these Deployments. */
function isOfOneOf(names: readonly string[]): string {
  const hash = `object.metadata.labels['${POD_TEMPLATE_HASH}']`;
  // Strings of JSON are strings of CEL.
  const list = names.map(name => JSON.stringify(name)).join(', ');
  return [
    `has(object.metadata.labels) && '${POD_TEMPLATE_HASH}' in object.metadata.labels`,
    'has(object.metadata.ownerReferences)',
    "object.metadata.ownerReferences.exists(owner, owner.kind == 'ReplicaSet' && has(owner.controller) && owner.controller",
    `owner.name.endsWith('-' + ${hash})`,
    `(request.namespace + '/' + owner.name.substring(0, size(owner.name) - size(${hash}) - 1)) in [${list}])`,
  ].join(' && ');
}
