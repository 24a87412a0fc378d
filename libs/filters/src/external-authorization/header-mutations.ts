// SPDX-License-Identifier: Apache-2.0
import { Fault, isCodecField } from '@weir/base';
import type { HeaderList } from '@weir/base';
import { headerChangesProblem } from '@weir/policy/snapshot';

/** One change that a service asks for. Names are lower-case. */
export interface HeaderMutation {
  readonly action: 'append' | 'overwrite' | 'remove' | 'set' | 'setIfAbsent';
  readonly name: string;
  /** '' for `remove`. */
  readonly value: string;
}

/** Throws where a change could not be sent as it is: a name or value that would break out of its field. */
export function assertSendable(mutations: readonly HeaderMutation[]): void {
  const written = mutations.filter(({ name }) => !isCodecField(name));
  const problem = headerChangesProblem({
    set: written.filter(({ action }) => action !== 'remove'),
    add: [],
    remove: written.filter(({ action }) => action === 'remove').map(({ name }) => name),
  });
  if (problem !== undefined) throw new Fault('upstream_protocol_error', `its answer cannot be used: ${problem}`);
}

/** Applies changes in their order, but for the fields that are not to be changed. */
export function applyMutations(
  headers: HeaderList,
  mutations: readonly HeaderMutation[],
  isProtected: (name: string) => boolean,
): void {
  for (const mutation of mutations) if (!isProtected(mutation.name)) applyMutation(headers, mutation);
}

function applyMutation(headers: HeaderList, { action, name, value }: HeaderMutation): void {
  switch (action) {
    case 'append':
      headers.append(name, value);
      break;
    case 'overwrite':
      if (headers.has(name)) headers.set(name, value);
      break;
    case 'remove':
      headers.remove(name);
      break;
    case 'set':
      headers.set(name, value);
      break;
    case 'setIfAbsent':
      if (!headers.has(name)) headers.append(name, value);
      break;
  }
}
