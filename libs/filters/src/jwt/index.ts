// SPDX-License-Identifier: Apache-2.0
export { createJwtVerifier } from './jwt-verifier.ts';
export type { JwtVerifier, JwtVerifierPorts, VerifiedToken } from './jwt-verifier.ts';
export { createKeySetCache } from './key-set-cache.ts';
export type { KeySetCache } from './key-set-cache.ts';
export type { KeySets, KeySource } from './key-source.ts';
export type { JsonObject } from './parse-json-object.ts';
export { FETCH_TIMEOUT_MS } from './remote-key-set.ts';
export type { KeySetPorts, KeySetReport } from './remote-key-set.ts';
export { createTokenVerifiers } from './verifier-table.ts';
export { TOKEN_REFUSALS, TokenRefusal } from './token-refusal.ts';
export type { TokenRefusalCode } from './token-refusal.ts';
