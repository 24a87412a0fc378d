// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';

/** A subject alternative name of a kind that is looked at; others are passed over. */
export interface CertificateName {
  readonly kind: 'dns' | 'email' | 'uri';
  readonly value: string;
}

const KINDS: ReadonlyMap<string, CertificateName['kind']> = new Map([
  ['DNS', 'dns'],
  ['URI', 'uri'],
  ['email', 'email'],
]);

/** One name of the text that OpenSSL makes of the extension, and where the next one begins; what else stands there ends the reading. */
const NAME = /(?:^|, )([A-Za-z][A-Za-z ]*):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?=, |$)/gy;

/** `DNS:a, URI:b, IP Address:c`; Node writes a value in which a comma or quote stands as a JSON string. */
export function subjectAltNamesOf({ subjectAltName = '' }: X509Certificate): readonly CertificateName[] {
  const names: CertificateName[] = [];
  for (const [, word = '', quoted, plain = ''] of subjectAltName.matchAll(NAME)) {
    const kind = KINDS.get(word);
    if (kind !== undefined) names.push({ kind, value: quoted === undefined ? plain : String(JSON.parse(quoted)) });
  }
  return names;
}
