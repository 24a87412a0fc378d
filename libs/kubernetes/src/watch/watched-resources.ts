// SPDX-License-Identifier: Apache-2.0
import { KINDS } from '@weir/policy/documents';
import type { ApiResource } from '../api/cluster-api.ts';

/** Helm keeps what it installed in Secrets of up to a megabyte, ten of each release. */
const NO_RELEASES = { fieldSelector: 'type!=helm.sh/release.v1' };

/** All kinds that documents have, each in the first of its versions; kinds whose definitions are not installed are none there. */
export const WATCHED_RESOURCES: readonly ApiResource[] = [
  ...new Map([...KINDS.values()].map(spec => [spec.kind, spec])).values(),
].map(({ kind, apiVersions: [apiVersion = ''], isNamespaced }) => {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return { group, version, kind, plural: pluralOf(kind), isNamespaced, ...(kind === 'Secret' ? NO_RELEASES : {}) };
});

/** As the definitions name them: `gatewayclasses`, `accesspolicies`, `xmeshes`. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (/(?:s|x|ch|sh)$/.test(name)) return `${name}es`;
  return name.endsWith('y') && !/[aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}
