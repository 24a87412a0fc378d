// SPDX-License-Identifier: Apache-2.0
import type { SecretStore } from '@weir/identity';

/** What is written for each certificate that is given: replicas tell each other, as a Secret has no room for it and no time. */
const OWN: ReadonlySet<string> = new Set(['leaves.json']);

/** What all replicas share, with what is each one's own apart. */
export function replicaSecrets(shared: SecretStore & Required<Pick<SecretStore, 'transact'>>, own: SecretStore): SecretStore {
  const storeOf = (name: string): SecretStore => (OWN.has(name) ? own : shared);
  return {
    read: name => storeOf(name).read(name),
    write: (name, text) => storeOf(name).write(name, text),
    remove: name => storeOf(name).remove(name),
    names: async () => [...(await shared.names()), ...(await own.names())],
    transact: work => shared.transact(work),
  };
}
