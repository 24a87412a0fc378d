// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';
import type { SecretStore } from '@weir/identity';
import { API_TOKEN_FILE } from './api-place.ts';

const SECRET_BYTES = 32;

/** The token of the API, made at the first start. Scanners of secrets find it by its beginning. */
export async function openApiToken(secrets: SecretStore, random: Random): Promise<string> {
  const stored = (await secrets.read(API_TOKEN_FILE))?.trim();
  if (stored !== undefined && stored !== '') return stored;
  const token = `weirapi_${Buffer.from(random.hex(SECRET_BYTES), 'hex').toString('base64url')}`;
  await secrets.write(API_TOKEN_FILE, `${token}\n`);
  return token;
}
