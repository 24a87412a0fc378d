// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random, Timer } from '@weir/base';
import { createTrustBundle } from '../bundle/trust-bundle.ts';
import type { TrustBundle, TrustBundleData } from '../bundle/trust-bundle.ts';
import { IdentityError, identityWords } from '../identity-error.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { SerialQueue } from '../serial-queue.ts';
import type { SpiffeId } from '../spiffe-id.ts';
import { verifyPeer } from '../verify/verify-peer.ts';
import { backoffMs } from './backoff.ts';
import { createFreshKey } from './certify.ts';
import type { Certify } from './certify.ts';
import { Credential } from './credential.ts';
import { hasFollowed, leafHealth, lifetimeOf, renewalTimeOf } from './held-leaf.ts';
import type { HeldLeaf, LeafHealth, LeafState } from './held-leaf.ts';
import { readLeaf, writeLeaf } from './leaf-file.ts';
import { withTimeout } from './with-timeout.ts';

export interface LeafKeeperOptions {
  readonly trustDomain: string;
  readonly certify: Certify;
  readonly clock: Clock;
  readonly random: Random;
  /** Who this is to be; absent = whoever the first leaf says, and nobody else later. */
  readonly expected?: SpiffeId | undefined;
  /** Keeps leaf, key and bundle over a restart; meant for storage in memory. */
  readonly secrets?: SecretStore | undefined;
  /** After each leaf, the stored one that it began with included, and after each bundle. */
  readonly onChange?: (() => void) | undefined;
  /** In words; what is held stays held. */
  readonly onFailure?: ((reason: string) => void) | undefined;
  /** The leaf comes to be near its end, has ended, or is a good one again: told once for each, within a minute. */
  readonly onHealth?: ((health: LeafHealth) => void) | undefined;
}

/** Clocks may be set, and machines sleep: what is due is looked at each minute by the time of day, whatever a timer believes. */
const LONGEST_SLEEP_MS = 60_000;
/** Making and asking takes milliseconds; a control plane that hangs must not hold up the next attempt. */
const CERTIFY_TIMEOUT_MS = 10_000;
/** When the root changes all proxies renew, spread over this time. */
const ROTATION_SPREAD_MS = 10_000;

/**
 * Holds a proxy's leaf: asks for it, renews it at half of its life with a fresh key, and keeps a valid one until it expires whatever
 * fails. Verifies what it is given before it takes it.
 */
export class LeafKeeper {
  readonly #options: LeafKeeperOptions;
  readonly #stopped = new AbortController();
  readonly #writes = new SerialQueue();
  #leaf: HeldLeaf | undefined;
  #bundle: TrustBundle | undefined;
  #identity: SpiffeId | undefined;
  /** By the time of day. */
  #dueAtMs = 0;
  #failures = 0;
  #failure: string | undefined;
  #isAsking = false;
  #toldState: LeafState = 'none';
  #timer: Timer | undefined;

  constructor(options: LeafKeeperOptions) {
    this.#options = options;
    this.#identity = options.expected;
  }

  /** Takes what is stored, if it is still good, and begins to keep it; returns when it was read, with or without a leaf. */
  async start(): Promise<void> {
    try {
      await this.#load();
    } catch (reason) {
      this.#report(`the stored leaf is of no use: ${identityWords(reason)}`);
    }
    this.#check();
  }

  /** Ends all timers and what is being asked. What is held can still be used. */
  stop(): void {
    this.#stopped.abort();
    this.#timer?.cancel();
  }

  /** Undefined until the first one came; may have expired (`health`). */
  leaf(): HeldLeaf | undefined {
    return this.#leaf;
  }

  bundle(): TrustBundle | undefined {
    return this.#bundle;
  }

  health(): LeafHealth {
    return { ...leafHealth(this.#leaf, this.#options.clock.wallMs()), failure: this.#failure };
  }

  /** The bundle that may be acknowledged to the authority: the one held, once the leaf comes from its issuing root. */
  followedVersion(): string | undefined {
    return hasFollowed(this.#leaf, this.#bundle) ? this.#bundle?.version : undefined;
  }

  /**
   * Takes a newer bundle; an older one changes nothing. Where new leaves come from another root than ours, it is renewed within seconds.
   * Throws IdentityError where the bundle cannot be used: the previous one stays.
   */
  setBundle(data: TrustBundleData): void {
    const bundle = this.#ownBundle(data);
    if (!this.#isNewer(bundle)) return;
    this.#bundle = bundle;
    this.#store();
    this.#followBundle();
    this.#options.onChange?.();
  }

  /** Asks for a new leaf at once, as after the proxy was told to. */
  renew(): void {
    this.#dueAtMs = 0;
    this.#check();
  }

  async #load(): Promise<void> {
    const { secrets, clock } = this.#options;
    const stored = secrets === undefined ? undefined : await readLeaf(secrets);
    if (stored === undefined) return;
    const bundle = this.#ownBundle(stored.bundle);
    const { id, root } = this.#verified(stored.credential, bundle);
    this.#bundle = bundle;
    this.#hold({ id, root, credential: stored.credential, obtainedAtMs: Math.min(stored.obtainedAtMs, clock.wallMs()) });
    this.#options.onChange?.();
  }

  /** The one loop: asks when it is due, else sleeps until then. */
  #check(): void {
    this.#timer?.cancel();
    if (this.#stopped.signal.aborted) return;
    this.#tellHealth();
    if (this.#isAsking) return;
    const { clock } = this.#options;
    const waitMs = this.#dueAtMs - clock.wallMs();
    if (waitMs <= 0) void this.#ask();
    else this.#timer = clock.after(Math.min(waitMs, LONGEST_SLEEP_MS), () => this.#check());
  }

  /** The first leaf is no news: it is what everybody waits for. */
  #tellHealth(): void {
    const health = this.health();
    const before = this.#toldState;
    this.#toldState = health.state;
    if (health.state === before || (before === 'none' && health.state === 'valid')) return;
    this.#options.onHealth?.(health);
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      await this.#renewOnce();
      this.#failures = 0;
      this.#failure = undefined;
    } catch (reason) {
      this.#postpone();
      this.#report(identityWords(reason));
    }
    this.#isAsking = false;
    this.#check();
  }

  async #renewOnce(): Promise<void> {
    const { certify, clock } = this.#options;
    const { requestPem, keyPem } = await createFreshKey();
    const answer = await withTimeout(signal => certify(requestPem, signal), {
      clock,
      timeoutMs: CERTIFY_TIMEOUT_MS,
      signal: this.#stopped.signal,
    });
    if (this.#stopped.signal.aborted) return;
    const offered = this.#ownBundle(answer.bundle);
    const bundle = this.#isNewer(offered) ? offered : this.#bundle!;
    const credential = new Credential(answer.chainPem, keyPem);
    const { id, root } = this.#verified(credential, bundle);
    this.#bundle = bundle;
    this.#hold({ id, root, credential, obtainedAtMs: clock.wallMs() });
    this.#store();
    this.#options.onChange?.();
  }

  /** Throws Error unless the certificate is ours, by the bundle and for the identity that we have. */
  #verified(credential: Credential, bundle: TrustBundle): { readonly id: SpiffeId; readonly root: string } {
    const { trustDomain, clock } = this.#options;
    const found = verifyPeer(credential.chain(), {
      bundle,
      trustDomain,
      nowMs: clock.wallMs(),
      expected: this.#identity,
    });
    if (found.isTrusted) return found;
    throw new IdentityError('invalid-certificate', {
      message: `our own certificate is refused: ${found.reason}`,
      hint: 'if the control plane has another root than before, this proxy must join again',
    });
  }

  #ownBundle(data: TrustBundleData): TrustBundle {
    const bundle = createTrustBundle(data);
    if (bundle.trustDomain === this.#options.trustDomain) return bundle;
    throw new IdentityError('invalid-certificate', {
      message: `the bundle is of trust domain ${bundle.trustDomain}, and not of ${this.#options.trustDomain}`,
      hint: 'name the trust domain of the control plane',
    });
  }

  #hold(leaf: HeldLeaf): void {
    this.#leaf = leaf;
    this.#identity ??= leaf.id;
    this.#dueAtMs = renewalTimeOf(leaf, this.#options.random.next());
    this.#followBundle();
  }

  /** Brings the renewal forward where the leaf's root no longer issues. */
  #followBundle(): void {
    const { clock, random } = this.#options;
    if (this.#leaf === undefined || hasFollowed(this.#leaf, this.#bundle)) return;
    const spreadMs = Math.min(ROTATION_SPREAD_MS, lifetimeOf(this.#leaf) / 10);
    this.#dueAtMs = Math.min(this.#dueAtMs, clock.wallMs() + spreadMs * random.next());
    this.#check();
  }

  #postpone(): void {
    const { clock, random } = this.#options;
    this.#failures += 1;
    const lifetimeMs = this.#leaf === undefined ? Infinity : lifetimeOf(this.#leaf);
    this.#dueAtMs = clock.wallMs() + backoffMs({ failures: this.#failures, lifetimeMs }, random.next());
  }

  #isNewer({ sequence }: TrustBundle): boolean {
    return this.#bundle === undefined || sequence > this.#bundle.sequence;
  }

  /** Not being able to store it costs a restart its leaf, and nothing else. */
  #store(): void {
    const { secrets } = this.#options;
    if (secrets === undefined || this.#leaf === undefined || this.#bundle === undefined) return;
    const [leaf, bundle] = [this.#leaf, this.#bundle];
    const failed = (reason: unknown): void => this.#report(`the leaf is not stored: ${identityWords(reason)}`);
    this.#writes.run(() => writeLeaf(secrets, leaf, bundle)).catch(failed);
  }

  #report(reason: string): void {
    if (this.#stopped.signal.aborted) return;
    this.#failure = reason;
    this.#options.onFailure?.(reason);
  }
}
