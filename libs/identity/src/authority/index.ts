// SPDX-License-Identifier: Apache-2.0
export { Authority } from './authority.ts';
export type { SignedLeaf } from './authority.ts';
export type { Phase } from './authority-state.ts';
export type { AuthorityConcern, AuthorityStatus, CertificateFacts } from './authority-status.ts';
export { checkSigningRequest } from './check-signing-request.ts';
export type { GivenAuthority } from './generation.ts';
export { openAuthority } from './open-authority.ts';
export type { AuthorityOptions } from './open-authority.ts';
export { openServerAuthority } from './server-authority.ts';
export type { ServerAuthority, ServerAuthorityOptions, ServerCertificate } from './server-authority.ts';
export { openJoinTokens } from '../join/join-tokens.ts';
export type { JoinTokens, JoinTokenRequest, JoinTokensOptions, Redemption } from '../join/join-tokens.ts';
