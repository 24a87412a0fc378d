// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random } from '@weir/base';
import { LeafKeeper, peerTlsOptions, trustBundleData } from '@weir/identity';
import type { LeafHealth, PeerTlsOptions } from '@weir/identity';
import type { Authority } from '@weir/identity/authority';
import { controlPlaneIdentity, rootPem } from './identity-names.ts';

export interface ServerIdentityParts {
  readonly trustDomain: string;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly random: Random;
  readonly onNote: (text: string) => void;
}

/** Who the control plane is to those who connect to it: a leaf of its own authority, renewed as those of proxies are. */
export class ServerIdentity {
  /** Called when connections that follow are to be made with another certificate. */
  onRenewed: (() => void) | undefined;
  private readonly parts: ServerIdentityParts;
  private readonly keeper: LeafKeeper;
  private readonly first = Promise.withResolvers<undefined>();

  /** `openServerIdentity` makes it. */
  constructor(parts: ServerIdentityParts) {
    const { trustDomain, authority, clock, random } = parts;
    const id = controlPlaneIdentity(trustDomain);
    this.parts = parts;
    this.first.promise.catch(() => undefined);
    this.keeper = new LeafKeeper({
      trustDomain,
      clock,
      random,
      expected: id,
      certify: async requestPem => {
        const bundle = trustBundleData(authority.bundle());
        const { chainPem } = await authority.sign(requestPem, id);
        return { chainPem, bundle };
      },
      onChange: () => this.noteChange(),
      onFailure: reason => this.noteFailure(reason),
    });
  }

  /** Resolves with the first leaf; rejects where the authority cannot issue it. */
  async start(): Promise<void> {
    await this.keeper.start();
    await this.first.promise;
  }

  /** The chain ends with the root, so that who joins can tell by its fingerprint whom it speaks to. */
  tlsOptions(): PeerTlsOptions & { readonly cert: string } {
    const [leaf, bundle] = [this.keeper.leaf()!, this.keeper.bundle()!];
    const options = peerTlsOptions(leaf.credential, bundle);
    const cert = `${leaf.credential.chainPem}${rootPem(bundle, leaf.root)}`;
    return Object.defineProperty({ ...withoutKey(options), cert }, 'key', {
      enumerable: true,
      get: () => leaf.credential.exposeKeyPem(),
    });
  }

  get trustDomain(): string {
    return this.parts.trustDomain;
  }

  /** For connections to other control planes of the mesh. Inspecting it does not show the key. */
  clientTls(): { readonly cert: string; readonly key: string; readonly ca: string } {
    const [{ credential }, { rootsPem }] = [this.keeper.leaf()!, this.keeper.bundle()!];
    return {
      cert: credential.chainPem,
      ca: rootsPem,
      get key() {
        return credential.exposeKeyPem();
      },
    };
  }

  /** SHA-256 fingerprint of the root that the present certificate comes from. */
  get root(): string {
    return this.keeper.leaf()!.root;
  }

  health(): LeafHealth {
    return this.keeper.health();
  }

  /** Whether the certificate is of the root that now issues. */
  hasFollowed(): boolean {
    return this.keeper.followedVersion() === this.parts.authority.bundle().version;
  }

  /** Takes the authority's present bundle, and renews at once where new leaves come from another root. */
  follow(): void {
    const { authority } = this.parts;
    this.keeper.setBundle(trustBundleData(authority.bundle()));
    if (!this.hasFollowed()) this.keeper.renew();
  }

  stop(): void {
    this.keeper.stop();
  }

  private noteChange(): void {
    if (this.keeper.leaf() === undefined) return;
    this.first.resolve(undefined);
    this.onRenewed?.();
  }

  private noteFailure(reason: string): void {
    if (this.keeper.leaf() === undefined) this.first.reject(new Error(reason));
    this.parts.onNote(`the control plane's own certificate is not renewed: ${reason}`);
  }
}

/** A plain copy would show the key to whoever prints it. */
function withoutKey({ key: _key, ...options }: PeerTlsOptions): PeerTlsOptions {
  return options;
}
