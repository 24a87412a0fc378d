// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import type { ApiKeyHash } from '../../snapshot/index.ts';
import { entryWords, secretText } from '../certificate/credential-reader.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { ConsumerDocument } from './access-policy-document.ts';

/** Shorter keys can be guessed: 16 characters of a random key are at least 64 bits. */
const MIN_KEY_LENGTH = 16;

export interface ResolvedKeys {
  readonly apiKeys: readonly ApiKeyHash[];
  readonly issues: readonly Issue[];
}

export function resolveApiKeys(document: ConsumerDocument, lookup: Lookup): ResolvedKeys {
  const found = (document.spec.apiKeys ?? []).map((_, index) => resolveApiKey(document, index, lookup));
  return {
    apiKeys: found.flatMap(one => ('sha256' in one ? one : [])),
    issues: found.flatMap(one => ('sha256' in one ? [] : one)),
  };
}

/** A key that cannot be read admits nobody; the Consumer's others go on. */
function resolveApiKey(document: ConsumerDocument, index: number, lookup: Lookup): ApiKeyHash | Issue {
  const { secretRef, expires } = document.spec.apiKeys![index]!;
  const path = `spec.apiKeys[${index}].secretRef`;
  const issue = { document, severity: 'error', code: 'consumer-key-unresolved' } as const;
  const { namespace } = document;
  const secret = lookup.get('Secret', namespace, secretRef.name);
  if (secret === undefined) {
    const { message, hint } = describeMissing(lookup, { kind: 'Secret', namespace, name: secretRef.name });
    return { ...issue, path: `${path}.name`, message: `${path} ${message}; the key admits nobody`, hint };
  }
  const text = secretText(secret, secretRef.key)?.trim();
  if (text === undefined) {
    const message = `${path} names entry \`${secretRef.key}\` of Secret \`${secretRef.name}\`, which has ${entryWords(secret)}`;
    return {
      ...issue,
      path: `${path}.key`,
      message: `${message}; the key admits nobody`,
      hint: 'write key: and the name of an entry',
    };
  }
  if (text.length < MIN_KEY_LENGTH) {
    const message = `${path} leads to a key of ${text.length} characters, which could be guessed; it admits nobody`;
    return {
      ...issue,
      path,
      message,
      hint: `use at least ${MIN_KEY_LENGTH} random characters, such as \`openssl rand -hex 32\` makes`,
    };
  }
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
  return { sha256, expiresMs: expires === undefined ? 0 : Date.parse(expires) };
}
