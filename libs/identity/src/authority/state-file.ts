// SPDX-License-Identifier: Apache-2.0
import type { SecretStore } from '../secrets/secret-store.ts';
import { parseAuthorityState } from './authority-state.ts';
import type { AuthorityState } from './authority-state.ts';

const STATE_FILE = 'authority.json';

/** Undefined where no authority has been stored yet. */
export async function readState(secrets: SecretStore): Promise<AuthorityState | undefined> {
  const json = await secrets.read(STATE_FILE);
  return json === undefined ? undefined : parseAuthorityState(json);
}

export async function writeState(secrets: SecretStore, state: AuthorityState): Promise<void> {
  await secrets.write(STATE_FILE, `${JSON.stringify(state, undefined, 2)}\n`);
}
