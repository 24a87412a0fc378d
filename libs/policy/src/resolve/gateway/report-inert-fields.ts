// SPDX-License-Identifier: Apache-2.0
import type { GatewaySpec } from '../inventory/document-of.ts';
import type { GatewayContext } from './gateway-context.ts';

/** Fields of the Gateway API that Weir does not act on yet, and how to see that somebody counts on one. */
const INERT_FIELDS: readonly { readonly path: string; readonly isUsed: (spec: GatewaySpec) => boolean }[] = [
  { path: 'spec.defaultScope', isUsed: ({ defaultScope }) => defaultScope === 'All' },
];

/** Says of each field that is written and does nothing that it does nothing. */
export function reportInertFields({ document, report }: Pick<GatewayContext, 'document' | 'report'>): void {
  for (const { path, isUsed } of INERT_FIELDS) {
    if (!isUsed(document.spec)) continue;
    report({ severity: 'warning', code: 'field-inert', path, message: `${path} has no effect yet`, hint: undefined });
  }
}
