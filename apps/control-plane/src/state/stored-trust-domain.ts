// SPDX-License-Identifier: Apache-2.0
import type { SecretStore } from '@weir/identity';
import { parseJson } from './parse-json.ts';

/** Trust domain of the authority that is stored; undefined = there is none yet. What is damaged is for the authority to refuse. */
export async function storedTrustDomain(secrets: SecretStore): Promise<string | undefined> {
  const found = parseJson((await secrets.read('authority.json')) ?? 'null');
  const trustDomain: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'trustDomain') : undefined;
  return typeof trustDomain === 'string' ? trustDomain : undefined;
}
