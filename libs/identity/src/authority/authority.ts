// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import { createTrustBundle } from '../bundle/trust-bundle.ts';
import type { TrustBundle } from '../bundle/trust-bundle.ts';
import { formatCertificates } from '../certificate/pem.ts';
import { IdentityError } from '../identity-error.ts';
import { inOneStep } from '../secrets/secret-store.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { SerialQueue } from '../serial-queue.ts';
import { formatSpiffeId } from '../spiffe-id.ts';
import type { SpiffeId } from '../spiffe-id.ts';
import type { AuthorityState } from './authority-state.ts';
import { WARNING_SHARES, authorityStatus, isNearExpiry } from './authority-status.ts';
import type { AuthorityStatus } from './authority-status.ts';
import { checkSigningRequest } from './check-signing-request.ts';
import { assertValidNow, readGeneration } from './generation.ts';
import type { Generation, GivenAuthority } from './generation.ts';
import { loadRootKey, removeOtherGenerations, writeGeneration } from './generation-files.ts';
import type { StoredAuthority } from './generation-files.ts';
import { createSerialNumber, makeLeaf } from './make-certificate.ts';
import { makeGeneration, makeIssuer, validityFrom } from './make-generation.ts';
import { abandon, introduce, issuingGeneration, step, trustedGenerations } from './rotation.ts';
import { assertStored, loadAuthority, writeState } from './state-file.ts';

/** What an authority works with. */
export interface AuthorityParts {
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly leafLifetimeMs: number;
}

/** A leaf with what it travels with. */
export interface SignedLeaf {
  /** Leaf first, then the intermediates, without the root. */
  readonly chainPem: string;
  readonly notAfterMs: number;
}

/**
 * The certificate authority of a trust domain. Its keys are in private fields and in its store, and nowhere else. Every change is stored
 * before it takes effect, so it goes on after a crash where it was. Of several processes that share it, one at a time rotates, and the others
 * `reload`.
 */
export class Authority {
  readonly #parts: AuthorityParts;
  readonly #changes = new SerialQueue();
  #state: AuthorityState;
  #generations: ReadonlyMap<string, Generation>;
  #bundle: TrustBundle;
  /** Why the intermediate was not renewed when it was time; undefined when it was. */
  #renewalFailure: string | undefined;

  /** `openAuthority` makes it. */
  constructor(parts: AuthorityParts, state: AuthorityState, generations: ReadonlyMap<string, Generation>) {
    this.#parts = parts;
    this.#state = state;
    this.#generations = generations;
    this.#bundle = bundleOf(state, generations);
  }

  /** What all peers are to trust now. */
  bundle(): TrustBundle {
    return this.#bundle;
  }

  status(): AuthorityStatus {
    const inside = { state: this.#state, bundle: this.#bundle, issuing: this.#issuing(), renewalFailure: this.#renewalFailure };
    return authorityStatus(inside, this.#parts.clock.wallMs());
  }

  /**
   * Certifies the key of a signing request (PEM) for a workload of this trust domain that has proved by other means who it is. Nothing but
   * the key is taken from the request. Throws IdentityError.
   */
  async sign(requestPem: string, id: SpiffeId): Promise<SignedLeaf> {
    const uri = this.#uriOf(id);
    const publicKey = await checkSigningRequest(requestPem);
    await this.#renewIssuerInTime();
    const { clock, random, leafLifetimeMs } = this.#parts;
    const generation = this.#issuing();
    assertValidNow(generation, clock.wallMs());
    const { notBeforeMs, notAfterMs } = validityFrom(clock.wallMs(), leafLifetimeMs);
    const endMs = Math.floor(Math.min(notAfterMs, generation.notAfterMs) / 1000) * 1000;
    const leafPem = await makeLeaf(
      { uri, publicKey, serialNumber: createSerialNumber(random), notBeforeMs, notAfterMs: endMs },
      { certificatePem: generation.issuer.toString(), signingKey: generation.signingKey },
    );
    return { chainPem: `${leafPem}${generation.intermediatesPem}`, notAfterMs: endMs };
  }

  /**
   * Begins a rotation to a new self-made authority, or to a given one: its root is in the bundle when this returns. While a rotation is
   * under way this changes nothing, and throws IdentityError if it is one to another root than the given one.
   */
  begin(given?: GivenAuthority): Promise<AuthorityStatus> {
    return this.#changes.run(async () => {
      await this.#catchUp();
      if (this.#state.phase === 'Stable') await this.#introduce(given);
      else if (given !== undefined) this.#assertUnderWay(given);
      return this.status();
    });
  }

  /**
   * Goes one step on. `acked`: the version of the bundle that all peers have followed, which means that they verify with it and their own
   * leaf comes from its `issuingRoot`; a peer counts from when its leaf is signed until that has expired. With another version than
   * the present one nothing changes, so a call may be repeated. In `Issuing` it goes on without, once all old leaves have expired.
   */
  advance({ acked }: { readonly acked: string | undefined }): Promise<AuthorityStatus> {
    return this.#changes.run(async () => {
      await this.#catchUp();
      const nowMs = this.#parts.clock.wallMs();
      const { phase, oldLeavesEndMs } = this.#state;
      const areOldLeavesGone = phase === 'Issuing' && nowMs > oldLeavesEndMs;
      if (acked === this.#bundle.version || areOldLeavesGone) await this.#adopt(step(this.#state, nowMs));
      return this.status();
    });
  }

  /** Gives up a rotation that is `Introducing`; throws IdentityError `wrong-phase` when it has gone further. */
  abort(): Promise<AuthorityStatus> {
    return this.#changes.run(async () => {
      await this.#catchUp();
      await this.#adopt(abandon(this.#state));
      return this.status();
    });
  }

  /** Takes over what another process has done that shares the store. Throws IdentityError where that cannot be used; then nothing changes. */
  reload(): Promise<AuthorityStatus> {
    return this.#changes.run(async () => {
      this.#take(await inOneStep(this.#parts.secrets, loadAuthority));
      return this.status();
    });
  }

  /** Where others rotate as well, what they did comes first. */
  async #catchUp(): Promise<void> {
    const { secrets } = this.#parts;
    if (secrets.transact !== undefined) this.#take(await inOneStep(secrets, loadAuthority));
  }

  #issuing(): Generation {
    return this.#generations.get(issuingGeneration(this.#state))!;
  }

  #uriOf(id: SpiffeId): string {
    const uri = formatSpiffeId(id);
    if (id.trustDomain === this.#state.trustDomain) return uri;
    throw new IdentityError('invalid-identity', {
      message: `${uri} is not of trust domain ${this.#state.trustDomain}`,
      hint: 'an authority certifies its own trust domain only',
    });
  }

  async #introduce(given: GivenAuthority | undefined): Promise<void> {
    const { clock, random } = this.#parts;
    const id = random.hex(8);
    const made = given ?? (await makeGeneration(id, this.#parts));
    const generation = readGeneration(made);
    assertValidNow(generation, clock.wallMs());
    if (this.#bundle.roots.some(({ fingerprint256 }) => fingerprint256 === generation.root.fingerprint256)) {
      throw new IdentityError('invalid-authority', {
        message: `root ${generation.root.fingerprint256} is the present one already`,
        hint: 'give an authority with another root',
      });
    }
    const state = introduce(this.#state, id);
    await this.#store(state, draft => writeGeneration(draft, id, made));
    this.#take({ state, generations: new Map([...this.#generations, [id, generation]]) });
  }

  #assertUnderWay(given: GivenAuthority): void {
    const target = this.#generations.get(this.#state.next === '' ? this.#state.current : this.#state.next)!.root;
    if (readGeneration(given).root.fingerprint256 === target.fingerprint256) return;
    throw new IdentityError('wrong-phase', {
      message: `a rotation to root ${target.fingerprint256} is ${this.#state.phase}`,
      hint: 'let it end, or abort it as long as it is Introducing',
    });
  }

  /** On disk first. What is left over is removed last: until then a crash loses nothing. */
  async #adopt(state: AuthorityState): Promise<void> {
    if (state === this.#state) return;
    const { secrets } = this.#parts;
    await this.#store(state);
    const kept = trustedGenerations(state);
    this.#take({ state, generations: new Map([...this.#generations].filter(([id]) => kept.includes(id))) });
    await inOneStep(secrets, draft => removeOtherGenerations(draft, kept));
  }

  /** After what it builds on, in one step with it. */
  async #store(state: AuthorityState, first?: (draft: SecretStore) => Promise<void>): Promise<void> {
    const { secrets } = this.#parts;
    await inOneStep(secrets, async draft => {
      if (secrets.transact !== undefined) await assertStored(draft, this.#state);
      await first?.(draft);
      await writeState(draft, state);
    });
  }

  #take({ state, generations }: StoredAuthority): void {
    this.#state = state;
    this.#generations = generations;
    this.#bundle = bundleOf(state, generations);
  }

  /**
   * An intermediate of our own root is renewed long before it ends; peers verify with the root, and see nothing of it. Where that fails, the
   * old one goes on signing as long as it can.
   */
  async #renewIssuerInTime(): Promise<void> {
    if (!this.#isIssuerOld()) return;
    try {
      await this.#changes.run(async () => {
        if (this.#isIssuerOld()) await this.#renewIssuer(issuingGeneration(this.#state));
      });
      this.#renewalFailure = undefined;
    } catch (reason) {
      this.#renewalFailure = reasonWords(reason);
    }
  }

  #isIssuerOld(): boolean {
    return isNearExpiry(this.#issuing().issuer, WARNING_SHARES.issuer, this.#parts.clock.wallMs());
  }

  async #renewIssuer(id: string): Promise<void> {
    const { secrets } = this.#parts;
    const rootKey = await loadRootKey(secrets, id);
    const { root } = this.#generations.get(id)!;
    const rootNotAfterMs = root.validToDate.getTime();
    if (rootKey === undefined || rootNotAfterMs <= this.#parts.clock.wallMs()) return;
    const plan = { label: id, root: { certificatePem: root.toString(), signingKey: rootKey }, rootNotAfterMs };
    const made = await makeIssuer(plan, this.#parts);
    await writeGeneration(secrets, id, made);
    this.#generations = new Map([...this.#generations, [id, readGeneration(made)]]);
  }
}

/** In the order of their fingerprints, so that the same roots are the same bundle. */
function bundleOf(state: AuthorityState, generations: ReadonlyMap<string, Generation>): TrustBundle {
  const roots = trustedGenerations(state).map(id => generations.get(id)!.root);
  const sorted = roots.toSorted((left, right) => (left.fingerprint256 < right.fingerprint256 ? -1 : 1));
  return createTrustBundle({
    trustDomain: state.trustDomain,
    sequence: state.sequence,
    rootsPem: formatCertificates(sorted),
    issuingRoot: generations.get(issuingGeneration(state))!.root.fingerprint256,
  });
}
