// SPDX-License-Identifier: Apache-2.0

/**
 * Names that a client's certificate vouches for, of its subject alternative names (RFC 5280 §4.2.1.6). The subject is none of them:
 * its common name is free text (RFC 9525 §2).
 */
export interface ClientCertificate {
  /** Lower-case. */
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  /** The part behind the @ lower-case. */
  readonly emails: readonly string[];
}
