// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import type { PatchOperation } from './json-patch.ts';

/**
 * Of a Namespace. Who asks is not known, and may be anybody: what is in a path of the API server is to be one name, as that takes `%2F` for
 * the next part of the path, and would tell of any object that Weir may read.
 */
const NAMESPACE = /^[a-z0-9](?:[\-a-z0-9]{0,61}[a-z0-9])?$/v;

/** What an API server asks of a webhook (admission.k8s.io/v1 AdmissionReview), as far as it is read. */
const reviewSchema = z.looseObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({
    uid: z.string().min(1).max(256),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    namespace: z.string().regex(NAMESPACE, 'is no name of a Namespace').optional(),
    object: z.unknown().optional(),
    oldObject: z.unknown().optional(),
  }),
});

export type AdmissionRequest = z.output<typeof reviewSchema>['request'];

export type ParsedReview =
  { readonly isValid: true; readonly request: AdmissionRequest } | { readonly isValid: false; readonly reason: string };

/** Reads the body of a request. */
export function parseAdmissionReview(text: string): ParsedReview {
  const result = reviewSchema.safeParse(jsonFrom(text));
  if (result.success) return { isValid: true, request: result.data.request };
  const faults = result.error.issues.map(({ path, message }) => `${path.length === 0 ? 'the body' : path.join('.')}: ${message}`);
  return { isValid: false, reason: `no AdmissionReview of admission.k8s.io/v1: ${faults.join('; ')}` };
}

/** What becomes of the object. */
export type Admission =
  | { readonly kind: 'admitted'; readonly patch?: readonly PatchOperation[]; readonly warnings?: readonly string[] }
  /** With words for who wrote the object. */
  | { readonly kind: 'refused'; readonly message: string; readonly warnings?: readonly string[] };

/** Kubernetes cuts what is longer, all warnings together and each by itself, so that the rest would go unseen. */
const MAX_WARNING_LENGTH = 256;
const MAX_WARNINGS = 12;

/** The AdmissionReview that answers the one with this uid. */
export function formatAdmission(uid: string, admission: Admission): unknown {
  const warnings = (admission.warnings ?? []).slice(0, MAX_WARNINGS).map(text => text.slice(0, MAX_WARNING_LENGTH));
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, ...verdictOf(admission), ...(warnings.length === 0 ? {} : { warnings }) },
  };
}

function verdictOf(admission: Admission): Readonly<Record<string, unknown>> {
  if (admission.kind === 'refused') {
    return { allowed: false, status: { code: 422, reason: 'Invalid', message: admission.message } };
  }
  const { patch = [] } = admission;
  if (patch.length === 0) return { allowed: true };
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
