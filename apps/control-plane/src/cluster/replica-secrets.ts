// SPDX-License-Identifier: Apache-2.0
import type { SecretStore } from '@weir/identity';

/**
 * What one replica writes as a whole, out of its own memory: shared, the last one to write would forget what the others know. Who has joined
 * is known by Pods, so none of it has to outlive the replica.
 */
const OWN: ReadonlySet<string> = new Set(['addresses.json', 'join-tokens.json', 'leaves.json']);

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
