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
import { findSharedTokens, keyOfToken, sharedTokenIssues } from './shared-tokens.ts';

/** The Consumers that a selection picks, with their credentials as hashes. */
export interface ResolvedConsumers {
  readonly selection: ConsumerSelection;
  readonly consumers: readonly Consumer[];
  readonly issues: readonly Issue[];
}

/** Shorter keys can be guessed: 16 characters of a random key are at least 64 bits. */
const MIN_KEY_LENGTH = 16;

export function resolveConsumers(selection: ConsumerSelection, lookup: Lookup): ResolvedConsumers {
  const documents = consumersOf(lookup, selection);
  // Whoever else of the namespace has a key may pass for one of these, so that all are looked at.
  const everybody = consumersOf(lookup, { ...selection, requirements: [] });
  const keys = new Map(everybody.map(document => [document, resolveApiKeys(document, lookup)]));
  const shared = sharedKeys(keys);
  const sharedTokens = findSharedTokens(everybody);
  return {
    selection,
    consumers: documents.map(document => ({
      label: labelOf(document),
      groups: document.spec.groups,
      apiKeys: keys.get(document)?.apiKeys.filter(({ sha256 }) => !shared.has(sha256)) ?? [],
      tokens: document.spec.tokens?.filter(token => !sharedTokens.has(keyOfToken(token))) ?? [],
    })),
    issues: documents.flatMap(document => {
      const { apiKeys = [], issues = [] } = keys.get(document) ?? {};
      return [...issues, ...sharedIssues(document, apiKeys, shared), ...sharedTokenIssues(document, sharedTokens)];
    }),
  };
}

interface ResolvedKeys {
  readonly apiKeys: readonly ApiKeyHash[];
  readonly issues: readonly Issue[];
}

function labelOf({ namespace, name }: ConsumerDocument): string {
  return `${namespace}/${name}`;
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

/** Keys of several Consumers, each with whose it is. */
function sharedKeys(keys: ReadonlyMap<ConsumerDocument, ResolvedKeys>): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>();
  for (const [document, { apiKeys }] of keys) {
    for (const { sha256 } of apiKeys) owners.set(sha256, (owners.get(sha256) ?? new Set()).add(labelOf(document)));
  }
  return new Map([...owners].filter(([, labels]) => labels.size > 1));
}

/** With such a key one Consumer could pass for the other, so that it admits neither. */
function sharedIssues(
  document: ConsumerDocument,
  apiKeys: readonly ApiKeyHash[],
  shared: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Issue[] {
  const own = labelOf(document);
  const others = new Set(apiKeys.flatMap(({ sha256 }) => [...(shared.get(sha256) ?? [])]).filter(owner => owner !== own));
  if (others.size === 0) return [];
  const message = `spec.apiKeys has a key that Consumer ${[...others].join(', ')} has too; it admits neither`;
  const base = { document, severity: 'error', code: 'consumer-key-shared' } as const;
  return [{ ...base, path: 'spec.apiKeys', message, hint: 'give each Consumer a key of its own' }];
}
