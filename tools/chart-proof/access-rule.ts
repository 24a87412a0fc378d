// SPDX-License-Identifier: Apache-2.0

/** A rule of a Role or ClusterRole. */
export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Absent: all names. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Every single thing that rules allow, such as `apps/deployments: get`, in order; a name that it is bound to is in parentheses. */
export function rightsOf(rules: readonly AccessRule[]): readonly string[] {
  return rules.flatMap(rightsOfRule).sort();
}

function rightsOfRule({ apiGroups, resources, resourceNames = [''], verbs }: AccessRule): readonly string[] {
  const objects = apiGroups.flatMap(group => resources.map(resource => `${group === '' ? 'core' : group}/${resource}`));
  const named = objects.flatMap(object => resourceNames.map(name => (name === '' ? object : `${object} (${name})`)));
  return named.flatMap(object => verbs.map(verb => `${object}: ${verb}`));
}
