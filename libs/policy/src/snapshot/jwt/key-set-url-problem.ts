// SPDX-License-Identifier: Apache-2.0

/** Loopback by its names and addresses as `URL` writes them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Says why a key set may not be fetched from there, or undefined where it may. Only https shows that keys are the issuer's; http is for
 * loopback, and for whoever `allowsPlaintext`.
 */
export function keySetUrlProblem(text: string, { allowsPlaintext }: { readonly allowsPlaintext: boolean }): string | undefined {
  const url = URL.parse(text);
  if (url === null) return `${JSON.stringify(text)} is no URL; write one such as https://issuer.example/jwks.json`;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `${url.protocol} cannot be fetched; write an https: URL`;
  if (url.username !== '' || url.password !== '') return 'the URL has a user name or password; key sets are public';
  if (url.hash !== '') return `the URL has a fragment, ${url.hash}, which no server is sent`;
  if (url.protocol === 'http:' && !allowsPlaintext && !LOOPBACK.test(url.hostname)) {
    return `keys that come from ${url.hostname} over http: could be anybody's; write an https: URL`;
  }
  return undefined;
}
