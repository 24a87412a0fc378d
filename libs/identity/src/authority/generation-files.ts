// SPDX-License-Identifier: Apache-2.0
import { parsePrivateKey } from '../certificate/pem.ts';
import { IdentityError } from '../identity-error.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { AuthorityState } from './authority-state.ts';
import { readGeneration } from './generation.ts';
import type { Generation, GivenAuthority } from './generation.ts';
import type { SelfMade } from './make-generation.ts';
import { trustedGenerations } from './rotation.ts';
import { createSigningKey } from './signing-key.ts';
import type { SigningKey } from './signing-key.ts';

/** All that a store has of an authority. */
export interface StoredAuthority {
  readonly state: AuthorityState;
  readonly generations: ReadonlyMap<string, Generation>;
}

const FILE = /^(?<id>[0-9a-f]{16})\.(?:issuer|root-key)\.pem$/v;

/** Key and chain in one file, so that one is never replaced without the other. */
const issuerFile = (id: string): string => `${id}.issuer.pem`;
const rootKeyFile = (id: string): string => `${id}.root-key.pem`;

/** Stores a generation under its id. Until the state names it, it does not count. */
export async function writeGeneration(secrets: SecretStore, id: string, made: GivenAuthority | SelfMade): Promise<void> {
  if ('rootKeyPem' in made) await secrets.write(rootKeyFile(id), made.rootKeyPem);
  await secrets.write(issuerFile(id), `${made.keyPem.trimEnd()}\n${made.chainPem}`);
}

/** Throws IdentityError where it is not there or is damaged. */
export async function loadGeneration(secrets: SecretStore, id: string): Promise<Generation> {
  const pem = await secrets.read(issuerFile(id));
  if (pem === undefined) {
    throw new IdentityError('damaged-storage', {
      message: `the state of the authority names generation ${id}, and ${issuerFile(id)} is not there`,
      hint: 'restore the directory from a backup',
    });
  }
  return readGeneration({ chainPem: pem, keyPem: pem });
}

/** Of all generations that are trusted. Throws as `loadGeneration`. */
export async function loadGenerations(secrets: SecretStore, state: AuthorityState): Promise<ReadonlyMap<string, Generation>> {
  const ids = trustedGenerations(state);
  return new Map(await Promise.all(ids.map(async id => [id, await loadGeneration(secrets, id)] as const)));
}

/** The root's key, where it is ours; a given authority keeps it elsewhere. */
export async function loadRootKey(secrets: SecretStore, id: string): Promise<SigningKey | undefined> {
  const pem = await secrets.read(rootKeyFile(id));
  return pem === undefined ? undefined : createSigningKey(parsePrivateKey(pem, rootKeyFile(id)));
}

/** Removes what no state names: retired generations, and those that a crash left before they counted. */
export async function removeOtherGenerations(secrets: SecretStore, kept: readonly string[]): Promise<void> {
  for (const name of await secrets.names()) {
    const id = FILE.exec(name)?.groups?.['id'];
    if (id !== undefined && !kept.includes(id)) await secrets.remove(name);
  }
}
