// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import type { ApiKeyHash, Consumer } from '../../snapshot/index.ts';
import { secretText } from '../certificate/credential-reader.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { ConsumerDocument } from './access-policy-document.ts';
import { consumersOf } from './consumer-selection.ts';
import type { ConsumerSelection } from './consumer-selection.ts';
import { resolvePasswords } from './resolve-passwords.ts';
import type { PasswordSources } from './resolve-passwords.ts';
import { labelOf, sharedCredentials, sharedIssues } from './shared-credentials.ts';
import type { SharedWords } from './shared-credentials.ts';

/** The Consumers that a selection picks, with their credentials as hashes. */
export interface ResolvedConsumers {
  readonly selection: ConsumerSelection;
  readonly consumers: readonly Consumer[];
  readonly issues: readonly Issue[];
}

/** Shorter keys can be guessed: 16 characters of a random key are at least 64 bits. */
const MIN_KEY_LENGTH = 16;

const SHARED_KEY: SharedWords = {
  code: 'consumer-key-shared',
  field: 'apiKeys',
  what: 'a key',
  hint: 'give each Consumer a key of its own',
};
const SHARED_NAME: SharedWords = {
  code: 'consumer-username-shared',
  field: 'basic',
  what: 'a username',
  hint: 'give each Consumer a username of its own',
};

export function resolveConsumers(selection: ConsumerSelection, sources: PasswordSources): ResolvedConsumers {
  const documents = consumersOf(sources.lookup, selection);
  // Whoever else of the namespace has a key may pass for one of these, so that all are looked at.
  const everybody = consumersOf(sources.lookup, { ...selection, requirements: [] });
  const keys = new Map(everybody.map(document => [document, resolveApiKeys(document, sources.lookup)]));
  const passwords = new Map(everybody.map(document => [document, resolvePasswords(document, sources)]));
  const hashesOf = (document: ConsumerDocument): readonly string[] =>
    keys.get(document)?.apiKeys.map(({ sha256 }) => sha256) ?? [];
  const namesOf = (document: ConsumerDocument): readonly string[] =>
    passwords.get(document)?.passwords.map(({ username }) => username) ?? [];
  const sharedKeys = sharedCredentials(new Map(everybody.map(document => [document, hashesOf(document)])));
  const sharedNames = sharedCredentials(new Map(everybody.map(document => [document, namesOf(document)])));
  return {
    selection,
    consumers: documents.map(document => ({
      label: labelOf(document),
      groups: document.spec.groups,
      apiKeys: keys.get(document)?.apiKeys.filter(({ sha256 }) => !sharedKeys.has(sha256)) ?? [],
      passwords: passwords.get(document)?.passwords.filter(({ username }) => !sharedNames.has(username)) ?? [],
    })),
    issues: documents.flatMap(document => [
      ...(keys.get(document)?.issues ?? []),
      ...sharedIssues(document, hashesOf(document), { shared: sharedKeys, words: SHARED_KEY }),
      ...(passwords.get(document)?.issues ?? []),
      ...sharedIssues(document, namesOf(document), { shared: sharedNames, words: SHARED_NAME }),
    ]),
  };
}

interface ResolvedKeys {
  readonly apiKeys: readonly ApiKeyHash[];
  readonly issues: readonly Issue[];
}

function resolveApiKeys(document: ConsumerDocument, lookup: Lookup): ResolvedKeys {
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
    const entries = Object.keys({ ...secret.data, ...secret.stringData });
    const message = `${path} names entry \`${secretRef.key}\` of Secret \`${secretRef.name}\`, which has ${entries.join(', ') || 'no entries'}`;
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
