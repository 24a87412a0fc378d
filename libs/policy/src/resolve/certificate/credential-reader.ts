// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';
import { parseAuthorities, parseKeyPair } from './parse-key-pair.ts';
import type { KeyPair, Parsed } from './parse-key-pair.ts';

type Secret = DocumentOf<'Secret'>;
type ConfigMap = DocumentOf<'ConfigMap'>;

/** What an object of a cluster has where entries of it were left out for their size: their names. */
export const LEFT_OUT_ANNOTATION = 'internal.weir.dev/left-out';

/** Reads credentials out of documents, each document once: checking a key costs more than all the rest of a listener. */
export interface CredentialReader {
  keyPairOf(secret: Secret): Parsed<KeyPair>;
  /** PEM of the authorities in `ca.crt`. */
  authoritiesOf(source: ConfigMap | Secret): Parsed<string>;
}

export function createCredentialReader(): CredentialReader {
  const keyPairs = new WeakMap<Secret, Parsed<KeyPair>>();
  return {
    keyPairOf(secret) {
      const known = keyPairs.get(secret);
      if (known !== undefined) return known;
      const parsed = keyPairFromSecret(secret);
      keyPairs.set(secret, parsed);
      return parsed;
    },
    authoritiesOf: authoritiesIn,
  };
}

/** PEM of the authorities in `ca.crt`. */
export function authoritiesIn(source: ConfigMap | Secret): Parsed<string> {
  const pem = source.kind === 'Secret' ? secretText(source, 'ca.crt') : configText(source, 'ca.crt');
  return pem === undefined ? { isValid: false, reason: 'data has no `ca.crt`' } : parseAuthorities(pem);
}

function keyPairFromSecret(secret: Secret): Parsed<KeyPair> {
  const chainPem = secretText(secret, 'tls.crt');
  const keyPem = secretText(secret, 'tls.key');
  if (chainPem === undefined) return { isValid: false, reason: 'data has no `tls.crt`' };
  if (keyPem === undefined) return { isValid: false, reason: 'data has no `tls.key`' };
  return parseKeyPair(chainPem, keyPem);
}

/** An entry of a ConfigMap; undefined where it has none of that name. */
export function configText({ data }: ConfigMap, key: string): string | undefined {
  return entryOf(data, key);
}

/** An entry of a Secret; undefined where it has none of that name. */
export function secretText({ data, stringData }: Secret, key: string): string | undefined {
  const plain = entryOf(stringData, key);
  if (plain !== undefined) return plain;
  const encoded = entryOf(data, key);
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}

/** The names of its entries, for who looks for one in vain; of those that are too large, that. */
export function entryWords(source: ConfigMap | Secret): string {
  const names = Object.keys({ ...source.data, ...(source.kind === 'Secret' ? source.stringData : {}) });
  const leftOut = source.annotations[LEFT_OUT_ANNOTATION]?.split(' ') ?? [];
  const large = leftOut.map(name => `${name} (larger than 64 KiB, and not read)`);
  return [...names, ...large].join(', ') || 'no entries';
}

/** Names are anybody's: one such as `constructor` would be found in every object. */
function entryOf(entries: Readonly<Record<string, string>> | null | undefined, key: string): string | undefined {
  return Object.hasOwn(entries ?? {}, key) ? entries?.[key] : undefined;
}
