// SPDX-License-Identifier: Apache-2.0
import { isCodecField } from '@weir/base';
import type { Exchange, HeaderList } from '@weir/base';
import { applyMutations } from './header-mutations.ts';
import type { HeaderMutation } from './header-mutations.ts';

/** What services want to have changed in answers that are still to come. */
const pending = new WeakMap<Exchange, readonly HeaderMutation[]>();

export function noteAnswerMutations(exchange: Exchange, mutations: readonly HeaderMutation[]): void {
  pending.set(exchange, [...(pending.get(exchange) ?? []), ...mutations]);
}

/** Makes the changes that were noted, once. */
export function applyAnswerMutations(exchange: Exchange, headers: HeaderList): void {
  const mutations = pending.get(exchange);
  if (mutations === undefined) return;
  pending.delete(exchange);
  applyMutations(headers, mutations, isCodecField);
}
