// SPDX-License-Identifier: Apache-2.0
import type { BoundPod, TokenVerdict } from '@weir/kubernetes';

/** Says who presents a token. */
export interface TokenReviewer {
  /** Rejects where nobody can be asked; no error may have text of the token. */
  review(token: string): Promise<TokenVerdict>;
}

/** Says where a Pod is. */
export interface PodAddresses {
  /** None = it has no address of its own yet; undefined = there is no such Pod any more. Rejects where nobody can be asked. */
  addressesOf(pod: BoundPod): Promise<readonly string[] | undefined>;
}

/** Service accounts of a cluster, by which Pods prove who they are. */
export interface ServiceAccounts {
  readonly tokens: TokenReviewer;
  readonly pods: PodAddresses;
}

/** Who presents a token, and the addresses that may be registered with it. */
export type ProvedAccount =
  | { readonly kind: 'proved'; readonly identity: string; readonly addresses: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * What a token of a service account proves: the identity, and the addresses of the very Pod that it is bound to, so that a token of one Pod
 * is of no use to take calls to another one. One that is bound to none proves no address.
 */
export async function proveAccount({ tokens, pods }: ServiceAccounts, token: string): Promise<ProvedAccount> {
  const verdict = await tokens.review(token);
  if (verdict.kind === 'refused') return verdict;
  const { identity, pod } = verdict;
  const addresses = pod === undefined ? [] : await pods.addressesOf(pod);
  if (addresses !== undefined) return { kind: 'proved', identity, addresses };
  return { kind: 'refused', reason: `there is no Pod ${pod?.namespace}/${pod?.name} any more that the token is of` };
}
