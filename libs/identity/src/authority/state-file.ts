// SPDX-License-Identifier: Apache-2.0
import { IdentityError } from '../identity-error.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { parseAuthorityState } from './authority-state.ts';
import type { AuthorityState } from './authority-state.ts';
import { loadGenerations } from './generation-files.ts';
import type { StoredAuthority } from './generation-files.ts';

const STATE_FILE = 'authority.json';

/** Undefined where no authority has been stored yet. */
export async function readState(secrets: SecretStore): Promise<AuthorityState | undefined> {
  const json = await secrets.read(STATE_FILE);
  return json === undefined ? undefined : parseAuthorityState(json);
}

export async function writeState(secrets: SecretStore, state: AuthorityState): Promise<void> {
  await secrets.write(STATE_FILE, `${JSON.stringify(state, undefined, 2)}\n`);
}

/** All that is stored. Throws IdentityError where there is none, or it is damaged. */
export async function loadAuthority(secrets: SecretStore): Promise<StoredAuthority> {
  const state = await readState(secrets);
  if (state === undefined) {
    throw new IdentityError('damaged-storage', {
      message: `${STATE_FILE} is not there any more`,
      hint: 'restore it from a backup',
    });
  }
  return { state, generations: await loadGenerations(secrets, state) };
}

/** Throws IdentityError `wrong-phase` where a process that shares the store has gone on since. */
export async function assertStored(secrets: SecretStore, known: AuthorityState): Promise<void> {
  const stored = await readState(secrets);
  if (stored !== undefined && JSON.stringify(stored) === JSON.stringify(known)) return;
  throw new IdentityError('wrong-phase', { message: 'the stored authority has changed meanwhile', hint: 'ask again' });
}
