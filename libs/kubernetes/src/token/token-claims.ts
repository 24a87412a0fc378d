// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';

/** Of a token with a few claims; one of a service account has about 1 KB. */
const MAX_TOKEN_BYTES = 8192;

const CLAIMS = z.object({ aud: z.union([z.string(), z.array(z.string())]) });

/**
 * Why a token cannot be one of a service account for an audience, by what it says itself; undefined = it may be one. Nothing of it is verified:
 * whoever reaches the port can send anything, and the API server is asked only about what has a chance.
 */
export function hopelessToken(token: string, audience: string): string | undefined {
  const audiences = audiencesOf(token);
  if (audiences === undefined) return NO_TOKEN;
  if (audiences.includes(audience)) return undefined;
  const said = JSON.stringify(audiences.join(', ').slice(0, 200));
  return `the token is for ${said} and not for ${audience}: mount a projected token with \`audience: ${audience}\``;
}

/** For whom a token says that it is; undefined = it does not say, or is too long. Nothing of it is verified. */
export function audiencesOf(token: string): readonly string[] | undefined {
  const [, payload, , ...more] = token.split('.');
  if (token.length > MAX_TOKEN_BYTES || payload === undefined || more.length > 0) return undefined;
  const claims = CLAIMS.safeParse(parsePayload(payload));
  return claims.success ? [claims.data.aud].flat() : undefined;
}

const NO_TOKEN = 'this is no token of a service account: mount a projected one (serviceAccountToken)';

function parsePayload(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
