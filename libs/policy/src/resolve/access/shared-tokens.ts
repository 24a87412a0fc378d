// SPDX-License-Identifier: Apache-2.0
import type { ConsumerToken } from '../../snapshot/index.ts';
import type { Issue } from '../issue.ts';
import type { ConsumerDocument } from './access-policy-document.ts';

/** By `keyOfToken`, tokens that several Consumers name, with the labels of these. */
export type SharedTokens = ReadonlyMap<string, ReadonlySet<string>>;

export function keyOfToken({ issuer, path, value }: ConsumerToken): string {
  return JSON.stringify([issuer, path, value]);
}

export function findSharedTokens(documents: readonly ConsumerDocument[]): SharedTokens {
  const owners = new Map<string, Set<string>>();
  for (const { namespace, name, spec } of documents) {
    for (const token of spec.tokens ?? []) {
      const key = keyOfToken(token);
      owners.set(key, (owners.get(key) ?? new Set()).add(`${namespace}/${name}`));
    }
  }
  return new Map([...owners].filter(([, labels]) => labels.size > 1));
}

/** Nobody could say whose such a token is, so that it is neither's. */
export function sharedTokenIssues(document: ConsumerDocument, shared: SharedTokens): readonly Issue[] {
  const own = `${document.namespace}/${document.name}`;
  return (document.spec.tokens ?? []).flatMap((token, index): Issue | readonly Issue[] => {
    const others = [...(shared.get(keyOfToken(token)) ?? [])].filter(label => label !== own);
    if (others.length === 0) return [];
    const path = `spec.tokens[${index}]`;
    const message = `${path} names tokens that Consumer ${others.join(', ')} names too; they are neither's`;
    const hint = 'name other values in each of them';
    return { document, severity: 'error', code: 'consumer-token-shared', path, message, hint };
  });
}
