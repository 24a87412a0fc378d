// SPDX-License-Identifier: Apache-2.0

/**
 * Where keys are kept: small texts by name. One process at a time writes to it; who opens the same place twice must hold a lease of its
 * own.
 */
export interface SecretStore {
  /** What was written last; undefined = nothing. Throws IdentityError `unsafe-storage` where others could read it. */
  read(name: string): Promise<string | undefined>;
  /** In one step that a crash does not tear: afterwards it is the new text, before that and on failure the old one. */
  write(name: string, text: string): Promise<void>;
  /** Of a name that is not there, nothing. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
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
