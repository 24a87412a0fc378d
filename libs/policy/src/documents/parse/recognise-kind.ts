// SPDX-License-Identifier: Apache-2.0
import { KINDS } from '../kinds/kinds.ts';
import type { KindSpec } from '../kinds/kinds.ts';
import { nearestName } from '../suggestion/nearest-name.ts';

/** What is to be done with an object of some apiVersion and kind. */
export type Recognition =
  | { readonly kind: 'known'; readonly spec: KindSpec }
  /** Somebody else's. */
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly field: 'apiVersion' | 'kind';
      readonly message: string;
      readonly hint: string;
    };

const GATEWAY_API = 'gateway.networking.k8s.io';

/** Whole groups that are Weir's to read: what is in them and not known is refused, as skipping it could open what it guards. */
const OWN_GROUPS: ReadonlySet<string> = new Set([GATEWAY_API, 'gateway.networking.x-k8s.io', 'weir.dev']);

/** Kinds of Kubernetes' core that Weir has no use for: no misspelt Services. */
const OTHER_CORE_KINDS: ReadonlySet<string> = new Set([
  ...['Binding', 'ComponentStatus', 'Endpoints', 'Event', 'LimitRange', 'PersistentVolume', 'PersistentVolumeClaim'],
  ...['PodTemplate', 'ReplicationController', 'ResourceQuota', 'ServiceAccount'],
]);

const TAKE_OUT = 'take the document out: what it says would not be done';

export function recogniseKind(apiVersion: string, kind: string): Recognition {
  const spec = KINDS.get(`${apiVersion}/${kind}`);
  if (spec !== undefined) return { kind: 'known', spec };
  const group = groupOf(apiVersion);
  if (OWN_GROUPS.has(group)) return refuseOwn(group, apiVersion, kind);
  const versions = apiVersionsOf(kind);
  const isSameGroup = versions.some(version => groupOf(version) === group);
  const isMisspeltGroup = nearestName(group, versions.map(groupOf)) !== undefined;
  if (versions.length > 0 && (isSameGroup || isMisspeltGroup || group === '')) return refuseVersion(apiVersion, kind, versions);
  if (group === '' && OTHER_CORE_KINDS.has(kind)) return { kind: 'ignored' };
  const meant = nearestName(kind, kindsOf(apiVersion));
  return meant === undefined ? { kind: 'ignored' } : refuseKind(apiVersion, kind, meant);
}

function refuseOwn(group: string, apiVersion: string, kind: string): Recognition {
  const versions = apiVersionsOf(kind).filter(version => groupOf(version) === group);
  if (versions.length > 0) return refuseVersion(apiVersion, kind, versions);
  const known = [...KINDS.values()].filter(spec => spec.apiVersions.some(version => groupOf(version) === group));
  if (known.length > 0) {
    const names = known.map(spec => spec.kind);
    return refuseKind(apiVersion, kind, nearestName(kind, names));
  }
  return {
    kind: 'refused',
    code: 'unsupported-kind',
    field: 'kind',
    message: `kind \`${kind}\` of \`${apiVersion}\` is not supported yet`,
    hint: TAKE_OUT,
  };
}

function refuseKind(apiVersion: string, kind: string, meant: string | undefined): Recognition {
  const known = kindsOf(apiVersion).join(', ');
  const advice = known === '' ? TAKE_OUT : `known kinds are ${known}`;
  return {
    kind: 'refused',
    code: 'unknown-kind',
    field: 'kind',
    message: `kind \`${kind}\` is not known in \`${apiVersion}\``,
    hint: meant === undefined ? advice : `did you mean \`${meant}\`?`,
  };
}

function refuseVersion(apiVersion: string, kind: string, versions: readonly string[]): Recognition {
  return {
    kind: 'refused',
    code: 'unknown-api-version',
    field: 'apiVersion',
    message: `apiVersion \`${apiVersion}\` has no kind \`${kind}\` that Weir reads`,
    hint: `write apiVersion: ${versions[0] ?? ''}`,
  };
}

/** apiVersions that have a kind, the preferred one first. */
export function apiVersionsOf(kind: string): readonly string[] {
  return [...KINDS.values()].find(spec => spec.kind === kind)?.apiVersions ?? [];
}

function kindsOf(apiVersion: string): readonly string[] {
  return [...KINDS.values()].filter(spec => spec.apiVersions.includes(apiVersion)).map(spec => spec.kind);
}

/** '' is the core group. A group whose version was forgotten is still taken for a group. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  if (slash !== -1) return apiVersion.slice(0, slash);
  return apiVersion.includes('.') ? apiVersion : '';
}
