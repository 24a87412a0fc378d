// SPDX-License-Identifier: Apache-2.0
import type { Resource } from '@weir/policy/snapshot';

/** What may be shown of a resource: all but keys. */
export function withoutSecrets(resource: Resource): Resource {
  return resource.kind === 'certificate' ? { ...resource, keyPem: '(not shown)' } : resource;
}
