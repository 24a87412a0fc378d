// SPDX-License-Identifier: Apache-2.0
export { heldIdentity, identityResources } from './held-identity.ts';
export type { HeldIdentity } from './held-identity.ts';
export type { JoinProof, ReadJoinProof } from './join-proof.ts';
export { healthUntil, leafWords } from './leaf-words.ts';
export type { LeafWords } from './leaf-words.ts';
export { Membership } from './membership.ts';
export type { Member, MembershipOptions } from './membership.ts';
