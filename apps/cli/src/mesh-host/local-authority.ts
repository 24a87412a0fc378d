// SPDX-License-Identifier: Apache-2.0
import { createSystemRandom, systemClock } from '@weir/base';
import { createMemorySecrets, LeafKeeper, parseShortName, trustBundleData } from '@weir/identity';
import type { Authority } from '@weir/identity/authority';
import { heldIdentity } from '@weir/member';
import type { HeldIdentity } from '@weir/member';

/** Who gets a leaf. */
export interface LeafHolder {
  readonly identity: string;
  /** Is given each leaf, the renewed ones too; resolves when it is used. */
  take(identity: HeldIdentity): Promise<void>;
  /** In words; what is held stays held. */
  onFailure(reason: string): void;
}

/** An authority in memory, which gives leaves to those who live in the same process with it. */
export class LocalAuthority {
  readonly trustDomain: string;
  private readonly authority: Authority;

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

  /**
   * Keeps a leaf for its holder until it is told to `stop`; resolves when the first one is used, and throws where there is none.
   * Several may have one identity: each has a leaf and key of its own.
   */
  async keep(holder: LeafHolder): Promise<{ stop(): void }> {
    const { trustDomain, authority } = this;
    const id = parseShortName(holder.identity, trustDomain);
    if (!id.isValid) throw new Error(`${holder.identity} is no identity: ${id.reason}`);
    const first = Promise.withResolvers<undefined>();
    const fail = (reason: string): void => {
      first.reject(new Error(reason));
      holder.onFailure(reason);
    };
    const keeper: LeafKeeper = new LeafKeeper({
      ...{ trustDomain, expected: id.value, clock: systemClock, random: createSystemRandom() },
      certify: async requestPem => {
        const { chainPem } = await authority.sign(requestPem, id.value);
        return { chainPem, bundle: trustBundleData(authority.bundle()) };
      },
      onFailure: fail,
      onChange: () => {
        const held = heldIdentity(keeper);
        if (held === undefined) return;
        holder.take(held).then(
          () => first.resolve(undefined),
          (reason: unknown) => fail(`the leaf cannot be used: ${String(reason)}`),
        );
      },
    });
    await keeper.start();
    try {
      await first.promise;
    } catch (error) {
      keeper.stop();
      throw error;
    }
    return keeper;
  }
}
