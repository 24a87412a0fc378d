// SPDX-License-Identifier: Apache-2.0

const TOKEN_LENGTH = 450;
const TOKEN_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Fields of a real API call: parsing and passing them on is most of a proxy's work. Host is the load generator's own. */
export const REQUEST_FIELDS: Readonly<Record<string, string>> = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  Accept: 'application/json, text/plain, */*',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-GB,en;q=0.9',
  Authorization: `Bearer ${makeToken()}`,
  Cookie: 'session=0f9c2b7e41d84a6c; theme=dark',
};

/** Looks like a signed token and is the same in every run. */
function makeToken(): string {
  let token = '';
  for (let i = 0; i < TOKEN_LENGTH; i++) token += TOKEN_ALPHABET[(i * i + 7 * i) % TOKEN_ALPHABET.length] ?? '';
  return token;
}
