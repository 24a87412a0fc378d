// SPDX-License-Identifier: Apache-2.0
import { KINDS } from '@weir/policy/documents';
import type { ApiResource } from '../api/cluster-api.ts';

/**
 * No document names Secrets of these types. Helm keeps what it installed in some of up to a megabyte, ten of each release; the others let
 * who has them into registries, and into the cluster.
 */
const UNREAD_SECRETS = [
  'helm.sh/release.v1',
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
];

/** Objects of up to a megabyte: a page of them has to fit into memory several times. */
const LARGE = { pageSize: 25 };

const WAYS: Readonly<Partial<Record<string, Pick<ApiResource, 'fieldSelector' | 'pageSize'>>>> = {
  ConfigMap: LARGE,
  Secret: { ...LARGE, fieldSelector: UNREAD_SECRETS.map(type => `type!=${type}`).join(',') },
};

/** All kinds that documents have, each in the first of its versions; kinds whose definitions are not installed are none there. */
export const WATCHED_RESOURCES: readonly ApiResource[] = [
  ...new Map([...KINDS.values()].map(spec => [spec.kind, spec])).values(),
].map(({ kind, apiVersions: [apiVersion = ''], isNamespaced }) => {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return { group, version, kind, plural: pluralOf(kind), isNamespaced, ...WAYS[kind] };
});

/** As the definitions name them: `gatewayclasses`, `accesspolicies`, `xmeshes`. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (/(?:s|x|ch|sh)$/.test(name)) return `${name}es`;
  return name.endsWith('y') && !/[aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}
