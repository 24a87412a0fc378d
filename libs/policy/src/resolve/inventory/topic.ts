// SPDX-License-Identifier: Apache-2.0

/** Names of what a result can depend on. */
export const topicOf = {
  document: (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`,
  /** Which names there are, for suggestions. */
  names: (kind: string, namespace: string): string => `names/${kind}/${namespace}`,
  slices: (namespace: string, service: string): string => `slices/${namespace}/${service}`,
  /** The BackendTLSPolicies that name a Service. */
  tlsPolicies: (namespace: string, service: string): string => `tls-policies/${namespace}/${service}`,
  /** The ListenerSets that name a Gateway. */
  listenerSets: (namespace: string, gateway: string): string => `listener-sets/${namespace}/${gateway}`,
  /** Which policies are attached to an object, `Kind/namespace/name`, or to a section of it. */
  policies: (key: string): string => `policies/${key}`,
  /** The Rollouts that divide a Service's calls. */
  rollouts: (namespace: string, service: string): string => `rollouts/${namespace}/${service}`,
  consumers: (namespace: string): string => `consumers/${namespace}`,
  grants: (namespace: string): string => `grants/${namespace}`,
  /** A Gateway or ListenerSet, by `Kind/namespace/name`, as routes see it. */
  parent: (key: string): string => `parent/${key}`,
  /** Whether there is a mesh. */
  mesh: 'mesh',
  /** Whether the Pods of a cluster are known. */
  pods: 'pods',
};
