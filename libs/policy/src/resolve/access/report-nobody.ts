// SPDX-License-Identifier: Apache-2.0
import type { AccessContext } from './resolve-access-policy.ts';
import { consumersOf } from './consumer-selection.ts';
import type { ConsumerSelection } from './consumer-selection.ts';

/** Warns of a method that admits Consumers only, and has none. */
export function reportNobody(
  context: AccessContext,
  { selection, path }: { readonly selection: ConsumerSelection; readonly path: string },
): void {
  const { namespace } = selection;
  if (consumersOf(context.lookup, selection).length > 0) return;
  const what = selection.requirements.length === 0 ? '' : ' with these labels';
  const message = `${path} admits nobody: there is no Consumer${what} in namespace \`${namespace}\``;
  context.report({ severity: 'warning', code: 'access-admits-nobody', path, message, hint: 'add a Consumer' });
}
