// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';
import { inOneStep } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { API_TOKEN_FILES } from './api-place.ts';
import { ROLE_NAMES } from './rights.ts';
import type { Role } from './rights.ts';

const SECRET_BYTES = 32;

/** The tokens of the API, one for each role, made at the first start. Who removes a file has a new one at the next. */
export async function openApiTokens(secrets: SecretStore, random: Random): Promise<Readonly<Record<Role, string>>> {
  const tokens = await inOneStep(secrets, draft =>
    Promise.all(ROLE_NAMES.map(async role => [role, await openToken(API_TOKEN_FILES[role], draft, random)] as const)),
  );
  return Object.fromEntries(tokens) as Record<Role, string>;
}

/** Scanners of secrets find it by its beginning. */
async function openToken(file: string, secrets: SecretStore, random: Random): Promise<string> {
  const stored = (await secrets.read(file))?.trim();
  if (stored !== undefined && stored !== '') return stored;
  const token = `weirapi_${Buffer.from(random.hex(SECRET_BYTES), 'hex').toString('base64url')}`;
  await secrets.write(file, `${token}\n`);
  return token;
}
