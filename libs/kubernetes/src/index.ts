// SPDX-License-Identifier: Apache-2.0
export { ApiConnection } from './api/api-connection.ts';
export { ApiError } from './api/cluster-api.ts';
export type { ApiResource, ClusterObject, ClusterReader } from './api/cluster-api.ts';
export type { ClusterContent } from './documents/cluster-documents.ts';
export { openClusterSource } from './watch/cluster-source.ts';
export type { ClusterSource, ClusterSourceOptions } from './watch/cluster-source.ts';
export { formatAdmission, parseAdmissionReview } from './admission/admission-review.ts';
export type { Admission, AdmissionRequest, ParsedReview } from './admission/admission-review.ts';
export { admitPod } from './admission/admit-pod.ts';
export { validateObject } from './admission/validate-object.ts';
export { injectPod } from './injection/inject-pod.ts';
export type { Injection, InjectionContext } from './injection/inject-pod.ts';
export type { InjectionSettings, Quantities } from './injection/injection-settings.ts';
export { INJECT_LABEL, INJECTED_LABEL, SIDECAR } from './injection/sidecar-place.ts';
