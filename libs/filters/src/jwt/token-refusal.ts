// SPDX-License-Identifier: Apache-2.0

/**
 * Why a token was not accepted. `token`: it is bad, and its bearer has to bring another (401, RFC 6750 §3.1 `invalid_token`);
 * `keys`: nothing can be said of it, as there are no keys (503).
 */
export const TOKEN_REFUSALS = {
  too_long: { blame: 'token' },
  malformed: { blame: 'token' },
  algorithm_refused: { blame: 'token' },
  unknown_key: { blame: 'token' },
  signature_invalid: { blame: 'token' },
  expired: { blame: 'token' },
  not_yet_valid: { blame: 'token' },
  issuer_mismatch: { blame: 'token' },
  audience_mismatch: { blame: 'token' },
  claim_mismatch: { blame: 'token' },
  keys_unavailable: { blame: 'keys' },
} as const satisfies Record<string, { readonly blame: 'token' | 'keys' }>;

export type TokenRefusalCode = keyof typeof TOKEN_REFUSALS;

/** `message` is for operators; the caller is told 401 or 503 and nothing else. It never has a token or a secret in it. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  readonly code: TokenRefusalCode;

  constructor(code: TokenRefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get blame(): 'token' | 'keys' {
    return TOKEN_REFUSALS[this.code].blame;
  }
}
