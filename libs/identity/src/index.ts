// SPDX-License-Identifier: Apache-2.0
// What a proxy needs: who is at the other end, and its own leaf. The authority is in `@weir/identity/authority`, whose library takes
// 24 MB that no proxy has to spare.
export { createTrustBundle, parseTrustBundle, trustBundleData } from './bundle/trust-bundle.ts';
export type { TrustBundle, TrustBundleData } from './bundle/trust-bundle.ts';
export { createSigningRequest } from './certificate/create-signing-request.ts';
export { parseCertificates } from './certificate/pem.ts';
export { IdentityError, identityWords } from './identity-error.ts';
export type { IdentityErrorCode } from './identity-error.ts';
export { formatJoinText, parseJoinText } from './join/join-text.ts';
export type { JoinText } from './join/join-text.ts';
export type { Certified, Certify } from './keeper/certify.ts';
export { Credential } from './keeper/credential.ts';
export type { HeldLeaf, LeafHealth, LeafState } from './keeper/held-leaf.ts';
export { LeafKeeper } from './keeper/leaf-keeper.ts';
export type { LeafKeeperOptions } from './keeper/leaf-keeper.ts';
export type { Parsed } from './parsed.ts';
export { openSecretDirectory } from './secrets/secret-directory.ts';
export { createMemorySecrets, inOneStep } from './secrets/secret-store.ts';
export type { SecretStore } from './secrets/secret-store.ts';
export {
  DEFAULT_TRUST_DOMAIN,
  formatShortName,
  formatSpiffeId,
  isSameSpiffeId,
  parseShortName,
  parseSpiffeId,
} from './spiffe-id.ts';
export type { SpiffeId } from './spiffe-id.ts';
export { PEER_GROUPS } from './tls/groups.ts';
export { peerCheck, peerClientOptions, PeerRefused } from './tls/peer-client-options.ts';
export { peerOf, refusalFromTls } from './tls/peer-of.ts';
export { createPeerContext, peerTlsOptions } from './tls/peer-tls-options.ts';
export type { PeerTlsOptions } from './tls/peer-tls-options.ts';
export type { Expectation, Trusted } from './verify/check-leaf.ts';
export { REFUSALS } from './verify/refusal.ts';
export type { Refusal, RefusalCode } from './verify/refusal.ts';
export { verifyPeer } from './verify/verify-peer.ts';
export type { Verified, VerifyOptions } from './verify/verify-peer.ts';
