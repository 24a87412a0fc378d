// SPDX-License-Identifier: Apache-2.0

/** Loopback by its names and addresses as `URL` writes them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Why nobody's secrets may be sent there, in the form of a schema's error; undefined = they may. */
export function endpointUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'is no URL\nwrite one such as https://issuer.example/introspect';
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    return 'has a user name, password or fragment\nleave them out';
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))) return undefined;
  return 'would send tokens and a secret in plaintext\nwrite an https: URL';
}
