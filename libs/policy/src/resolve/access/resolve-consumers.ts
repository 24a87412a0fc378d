// SPDX-License-Identifier: Apache-2.0
import type { CertificateNameMatch, Consumer } from '../../snapshot/index.ts';
import type { Issue } from '../issue.ts';
import type { ConsumerDocument } from './access-policy-document.ts';
import { consumersOf } from './consumer-selection.ts';
import type { ConsumerSelection } from './consumer-selection.ts';
import { resolveApiKeys } from './resolve-api-keys.ts';
import type { ResolvedKeys } from './resolve-api-keys.ts';
import { resolveCertificateName } from './resolve-certificate-name.ts';
import { resolvePasswords } from './resolve-passwords.ts';
import type { PasswordSources, ResolvedPasswords } from './resolve-passwords.ts';
import { labelOf, sharedCredentials, sharedIssues } from './shared-credentials.ts';
import type { SharedCredentials, SharedWords } from './shared-credentials.ts';
import { findSharedTokens, keyOfToken, sharedTokenIssues } from './shared-tokens.ts';

/** The Consumers that a selection picks, with their credentials as hashes. */
export interface ResolvedConsumers {
  readonly selection: ConsumerSelection;
  readonly consumers: readonly Consumer[];
  readonly issues: readonly Issue[];
}

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
const SHARED_CERTIFICATE: SharedWords = {
  code: 'consumer-certificate-shared',
  field: 'certificates',
  what: 'a name',
  hint: 'give each Consumer a name of its own',
};

export function resolveConsumers(selection: ConsumerSelection, sources: PasswordSources): ResolvedConsumers {
  const documents = consumersOf(sources.lookup, selection);
  // Whoever else of the namespace has a credential may pass for one of these, so that all are looked at.
  const everybody = new Map(
    consumersOf(sources.lookup, { ...selection, requirements: [] }).map(one => [one, resolveCredentials(one, sources)]),
  );
  const sharedOf = (read: (own: Credentials) => readonly string[]): SharedCredentials =>
    sharedCredentials(new Map([...everybody].map(([document, own]) => [document, read(own)])));
  const shared = { keys: sharedOf(hashesOf), names: sharedOf(namesOf), certificates: sharedOf(certificatesOf) };
  const sharedTokens = findSharedTokens([...everybody.keys()]);
  const resolved = documents.flatMap(document => {
    const own = everybody.get(document);
    return own === undefined ? [] : { document, own };
  });
  return {
    selection,
    consumers: resolved.map(({ document, own }) => ({
      label: labelOf(document),
      groups: document.spec.groups,
      apiKeys: own.keys.apiKeys.filter(({ sha256 }) => !shared.keys.has(sha256)),
      passwords: own.passwords.passwords.filter(({ username }) => !shared.names.has(username)),
      tokens: document.spec.tokens?.filter(token => !sharedTokens.has(keyOfToken(token))) ?? [],
      certificates: own.certificates.filter(name => !shared.certificates.has(keyOfCertificate(name))),
    })),
    issues: resolved.flatMap(({ document, own }) => [
      ...own.keys.issues,
      ...sharedIssues(document, hashesOf(own), { shared: shared.keys, words: SHARED_KEY }),
      ...own.passwords.issues,
      ...sharedIssues(document, namesOf(own), { shared: shared.names, words: SHARED_NAME }),
      ...sharedIssues(document, certificatesOf(own), { shared: shared.certificates, words: SHARED_CERTIFICATE }),
      ...sharedTokenIssues(document, sharedTokens),
    ]),
  };
}

/** Of one Consumer, before it is known what others have. */
interface Credentials {
  readonly keys: ResolvedKeys;
  readonly passwords: ResolvedPasswords;
  readonly certificates: readonly CertificateNameMatch[];
}

function resolveCredentials(document: ConsumerDocument, sources: PasswordSources): Credentials {
  return {
    keys: resolveApiKeys(document, sources.lookup),
    passwords: resolvePasswords(document, sources),
    certificates: (document.spec.certificates ?? []).map(resolveCertificateName),
  };
}

function hashesOf({ keys }: Credentials): readonly string[] {
  return keys.apiKeys.map(({ sha256 }) => sha256);
}

function namesOf({ passwords }: Credentials): readonly string[] {
  return passwords.passwords.map(({ username }) => username);
}

function certificatesOf({ certificates }: Credentials): readonly string[] {
  return certificates.map(keyOfCertificate);
}

function keyOfCertificate({ kind, value }: CertificateNameMatch): string {
  return `${kind} ${value}`;
}
