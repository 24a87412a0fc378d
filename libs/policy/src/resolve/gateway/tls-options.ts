// SPDX-License-Identifier: Apache-2.0
import { getCiphers } from 'node:tls';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';

/** How TLS is spoken with clients. */
export interface TlsOptions {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** In OpenSSL's names, joined by `:`; undefined = Node's own choice. */
  readonly ciphers: string | undefined;
}

/** An option that cannot be heeded. */
export interface TlsOptionFault {
  readonly message: string;
  readonly hint: string;
}

const MIN_VERSION = 'weir.dev/min-tls-version';
const CIPHERS = 'weir.dev/ciphers';

const VERSIONS: ReadonlyMap<string, TlsOptions['minVersion']> = new Map([
  ['1.2', 'TLSv1.2'],
  ['1.3', 'TLSv1.3'],
]);
/** RFC 9325 §3.1.1: nothing older is to be spoken. */
const DEFAULT_MIN_VERSION = 'TLSv1.2';

export const DEFAULT_TLS_OPTIONS: TlsOptions = { minVersion: DEFAULT_MIN_VERSION, ciphers: undefined };

/** Reads `tls.options` of a listener. One that is not known is a fault: it may restrict what would then be served in spite of it. */
export function parseTlsOptions(options: Readonly<Record<string, string>>): TlsOptionFault | TlsOptions {
  const unknown = Object.keys(options).filter(key => key !== MIN_VERSION && key !== CIPHERS);
  if (unknown.length > 0) {
    return { message: `tls.options ${unknown.join(', ')}, which Weir does not know`, hint: `write ${MIN_VERSION} or ${CIPHERS}` };
  }
  const written = options[MIN_VERSION];
  const minVersion = written === undefined ? DEFAULT_MIN_VERSION : VERSIONS.get(written);
  if (minVersion === undefined) {
    return {
      message: `tls.options ${MIN_VERSION} \`${written}\`, which is no version that Weir speaks`,
      hint: 'write "1.2" or "1.3"',
    };
  }
  const ciphers = options[CIPHERS] === undefined ? undefined : parseCiphers(options[CIPHERS]);
  if (ciphers !== undefined && 'message' in ciphers) return ciphers;
  if (minVersion === 'TLSv1.3' && ciphers?.names.some(isOfTls13) === false) {
    return {
      message: `tls.options ${CIPHERS} without any cipher of TLS 1.3, and ${MIN_VERSION} 1.3, so no handshake can succeed`,
      hint: 'add one such as TLS_AES_128_GCM_SHA256, or allow version 1.2',
    };
  }
  return { minVersion, ciphers: ciphers?.names.join(':') };
}

function parseCiphers(text: string): TlsOptionFault | { readonly names: readonly string[] } {
  const known = getCiphers().map(name => name.toUpperCase());
  const names = text.split(/[:,]/).map(name => name.trim().toUpperCase());
  const wrong = names.find(name => !known.includes(name));
  if (wrong === undefined) return { names: [...new Set(names)] };
  const nearest = nearestName(wrong, known);
  return {
    message: `tls.options ${CIPHERS} with \`${wrong}\`, which is no cipher that Weir has`,
    hint:
      nearest === undefined
        ? "write OpenSSL's names separated by colons, such as ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256"
        : `did you mean \`${nearest}\`?`,
  };
}

/** OpenSSL names the suites of TLS 1.3 as RFC 8446 does, and those of older versions in its own way. */
function isOfTls13(name: string): boolean {
  return name.startsWith('TLS_');
}
