// SPDX-License-Identifier: Apache-2.0
import { injectPod } from '../injection/inject-pod.ts';
import type { InjectionContext } from '../injection/inject-pod.ts';
import type { Admission, AdmissionRequest } from './admission-review.ts';
import { jsonPatch } from './json-patch.ts';

/** What becomes of a Pod that is being made. Whatever else is asked about passes: only creating a Pod can put something into it. */
export function admitPod({ operation, object }: AdmissionRequest, context: InjectionContext): Admission {
  if (operation !== 'CREATE') return { kind: 'admitted' };
  const injection = injectPod(object, context);
  switch (injection.kind) {
    case 'refused':
      return { kind: 'refused', message: `weir: ${injection.reason}` };
    case 'unchanged':
      return { kind: 'admitted', ...(injection.isWorthSaying ? { warnings: [`weir: ${injection.reason}`] } : {}) };
    case 'patched':
      return {
        kind: 'admitted',
        patch: jsonPatch(object, injection.pod),
        warnings: injection.warnings.map(text => `weir: ${text}`),
      };
  }
}
