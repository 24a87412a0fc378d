// SPDX-License-Identifier: Apache-2.0
import { createSystemRandom, systemClock } from '@weir/base';
import { createMemorySecrets, LeafKeeper, parseShortName, trustBundleData } from '@weir/identity';
import type { Authority } from '@weir/identity/authority';
import type { SidecarIdentity } from '@weir/sidecar';

/** An authority in memory, and the leaves of those who live in the same process with it. */
export class LocalAuthority {
  private readonly authority: Authority;
  private readonly trustDomain: string;
  private readonly keepers = new Map<string, LeafKeeper>();

  private constructor(authority: Authority, trustDomain: string) {
    this.authority = authority;
    this.trustDomain = trustDomain;
  }

  /** What signs is loaded here: it takes memory that a gateway without a mesh does not have to spare. */
  static async open(trustDomain: string): Promise<LocalAuthority> {
    const { openAuthority } = await import('@weir/identity/authority');
    const ports = { clock: systemClock, random: createSystemRandom(), secrets: createMemorySecrets() };
    return new LocalAuthority(await openAuthority({ ...ports, trustDomain }), trustDomain);
  }

  /** Keeps a leaf for somebody, and gives it to `take` with each renewal; resolves when the first one was taken. */
  async keep(identity: string, take: (identity: SidecarIdentity) => Promise<void>): Promise<LeafKeeper> {
    const { trustDomain, authority } = this;
    const id = parseShortName(identity, trustDomain);
    if (!id.isValid) throw new Error(`${identity} is no identity: ${id.reason}`);
    const first = Promise.withResolvers<undefined>();
    const keeper: LeafKeeper = new LeafKeeper({
      ...{ trustDomain, expected: id.value, clock: systemClock, random: createSystemRandom() },
      certify: async requestPem => {
        const { chainPem } = await authority.sign(requestPem, id.value);
        return { chainPem, bundle: trustBundleData(authority.bundle()) };
      },
      onFailure: reason => first.reject(new Error(reason)),
      onChange: () => {
        const leaf = keeper.leaf();
        const bundle = keeper.bundle();
        if (leaf === undefined || bundle === undefined) return;
        const { credential } = leaf;
        const { chainPem, notAfterMs } = credential;
        const certificate = { chainPem, keyPem: credential.exposeKeyPem(), notAfterMs };
        take({ certificate, authoritiesPem: bundle.rootsPem }).then(() => first.resolve(undefined), first.reject);
      },
    });
    this.keepers.get(identity)?.stop();
    this.keepers.set(identity, keeper);
    await keeper.start();
    await first.promise;
    return keeper;
  }

  close(): void {
    for (const keeper of this.keepers.values()) keeper.stop();
  }
}
