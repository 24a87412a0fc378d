// SPDX-License-Identifier: Apache-2.0
import type { WorkloadIdentity } from '../../snapshot/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Issue } from '../issue.ts';

/** On an EndpointSlice: who serves at its endpoints, behind a sidecar. */
export const IDENTITY_ANNOTATION = 'weir.dev/identity';

const IDENTITY = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\/[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/;

type Slice = DocumentOf<'EndpointSlice'>;

/**
 * Who serves at the endpoints of a slice; undefined = it does not say: no sidecar stands in front. What cannot be read is an issue,
 * and nobody may be called there: not even in plaintext, as who wrote it counts on more.
 */
export function identityOf(slice: Slice): Issue | WorkloadIdentity | undefined {
  const { annotations, namespace } = slice;
  const written = annotations[IDENTITY_ANNOTATION];
  if (written === undefined) return undefined;
  if (!IDENTITY.test(written)) {
    const message = `annotation ${IDENTITY_ANNOTATION} is \`${written}\`, which is no identity; its endpoints are not called`;
    return issueOf(slice, message, 'write NAMESPACE/SERVICE-ACCOUNT, such as shop/cart');
  }
  // Else a Service of one namespace could put itself, and its own access rules, in front of a workload of another one.
  if (written.startsWith(`${namespace}/`)) return written;
  const message = `annotation ${IDENTITY_ANNOTATION} names \`${written}\`, a workload of another namespace; its endpoints are not called`;
  return issueOf(
    slice,
    message,
    `write an identity of namespace \`${namespace}\`, or move the EndpointSlice to that of the workload`,
  );
}

function issueOf(document: Slice, message: string, hint: string): Issue {
  const path = `metadata.annotations.${IDENTITY_ANNOTATION}`;
  return { document, severity: 'error', code: 'identity-unreadable', path, message, hint };
}
