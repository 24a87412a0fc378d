// SPDX-License-Identifier: Apache-2.0

/**
 * Where keys are kept: small texts by name. One process at a time writes to it, and who opens the same place twice must hold a lease of its
 * own; a store that has `transact` may be shared.
 */
export interface SecretStore {
  /** What was written last; undefined = nothing. Throws IdentityError `unsafe-storage` where others could read it. */
  read(name: string): Promise<string | undefined>;
  /** In one step that a crash does not tear: afterwards it is the new text, before that and on failure the old one. */
  write(name: string, text: string): Promise<void>;
  /** Of a name that is not there, nothing. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
  /**
   * Does `work` on a copy and stores what it changed, in one step that nobody comes in between of; where somebody did, `work` is done again on
   * what there is then.
   */
  transact?<Value>(work: (draft: SecretStore) => Promise<Value>): Promise<Value>;
}

/** In one step where a store is shared; else as it comes, since nobody else is there. */
export function inOneStep<Value>(secrets: SecretStore, work: (draft: SecretStore) => Promise<Value>): Promise<Value> {
  return secrets.transact === undefined ? work(secrets) : secrets.transact(work);
}

/** For a process that keeps nothing, and for tests. */
export function createMemorySecrets(): SecretStore {
  const texts = new Map<string, string>();
  return {
    read: name => Promise.resolve(texts.get(name)),
    write(name, text) {
      texts.set(name, text);
      return Promise.resolve();
    },
    remove(name) {
      texts.delete(name);
      return Promise.resolve();
    },
    names: () => Promise.resolve([...texts.keys()]),
  };
}
