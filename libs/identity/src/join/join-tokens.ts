// SPDX-License-Identifier: Apache-2.0
import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock, Random } from '@weir/base';
import { IdentityError, quoted } from '../identity-error.ts';
import { inOneStep } from '../secrets/secret-store.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { SerialQueue } from '../serial-queue.ts';
import { formatSpiffeId, parseSpiffeId } from '../spiffe-id.ts';
import type { SpiffeId } from '../spiffe-id.ts';
import { parseJoinGrants } from './join-grant.ts';
import type { JoinGrant } from './join-grant.ts';
import { createJoinToken, hashJoinToken, isJoinToken } from './join-token.ts';

export interface JoinTokensOptions {
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly random: Random;
}

export interface JoinTokenRequest {
  readonly identity: SpiffeId;
  /** IP addresses that the holder may register as its own, 1 to 64. */
  readonly addresses: readonly string[];
  /** From a second to 7 days. */
  readonly ttlMs: number;
}

/** What the holder of a token may do; a token that was used, unknown or late comes to a refusal in words. */
export type Redemption =
  | { readonly isValid: true; readonly identity: SpiffeId; readonly addresses: readonly string[] }
  | { readonly isValid: false; readonly code: 'expired' | 'unknown' | 'used'; readonly reason: string };

const JOIN_FILE = 'join-tokens.json';
const DAY_MS = 86_400_000;
const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 7 * DAY_MS;
/** So long it is told of a token that it was used, and when; after that it is unknown, which refuses it as well. */
const REMEMBERED_MS = 7 * DAY_MS;
/** Looking through all of them takes a few milliseconds. */
const MAX_GRANTS = 10_000;
const MAX_ADDRESSES = 64;
/** Of all of them in a store that is shared: the keys of the mesh are there as well, and must not want for room. */
const MAX_SHARED_BYTES = 400_000;
/** Anybody can make up tokens: a store that is shared is not asked about them more often. */
const REREAD_MS = 200;

/**
 * Tokens by which workloads outside a cluster join: each is for one identity and its addresses, and is good once. Only hashes are stored.
 * One process at a time has them, unless the store is shared: then all have the same.
 */
export class JoinTokens {
  readonly #options: JoinTokensOptions;
  readonly #changes = new SerialQueue();
  #grants: readonly JoinGrant[];
  /** A look at the store that has not begun. */
  #nextReading: Promise<void> | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  /** `openJoinTokens` makes it. */
  constructor(options: JoinTokensOptions, grants: readonly JoinGrant[]) {
    this.#options = options;
    this.#grants = grants;
  }

  /** Makes a token. It is shown this once: it cannot be found out again. Throws IdentityError for requests that cannot be granted. */
  async issue(request: JoinTokenRequest): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
    const { clock, random } = this.#options;
    const token = createJoinToken(random);
    const grant = grantFrom(request, { hash: hashJoinToken(token), nowMs: clock.wallMs() });
    await this.#change(grants => {
      const kept = grants.filter(({ expiresAtMs }) => clock.wallMs() < expiresAtMs + REMEMBERED_MS);
      this.#assertRoom([...kept, grant]);
      return { grants: [...kept, grant], result: undefined };
    });
    return { token, expiresAtMs: grant.expiresAtMs };
  }

  /** What `redeem` would say now, without using the token up: for checking all else about a request first. */
  async inspect(token: string): Promise<Redemption> {
    const { secrets, clock } = this.#options;
    // Another process may have issued it.
    if (isJoinToken(token) && secrets.transact !== undefined && this.#grantOf(token) === undefined) await this.#reread();
    const grant = this.#grantOf(token);
    return refusalFor(grant, clock.wallMs()) ?? (grant === undefined ? unknown() : redemptionOf(grant));
  }

  /**
   * Uses a token up. That it was used is stored before this returns, so of two that come at once one gets it, and a restart forgets
   * nothing. Where storing fails it throws, and the token can be used again. Check the signing request before, as it does not come back.
   */
  redeem(token: string): Promise<Redemption> {
    return this.#change<Redemption>(grants => {
      const nowMs = this.#options.clock.wallMs();
      const grant = isJoinToken(token) ? findGrant(grants, token) : undefined;
      const refused = refusalFor(grant, nowMs);
      if (grant === undefined || refused !== undefined) return { grants, result: refused ?? unknown() };
      const used = { ...grant, usedAtMs: nowMs };
      return { grants: grants.map(entry => (entry === grant ? used : entry)), result: redemptionOf(grant) };
    });
  }

  #grantOf(token: string): JoinGrant | undefined {
    return isJoinToken(token) ? findGrant(this.#grants, token) : undefined;
  }

  /** One change at a time, of what is stored; nobody comes in between. */
  #change<Result>(
    change: (grants: readonly JoinGrant[]) => { readonly grants: readonly JoinGrant[]; readonly result: Result },
  ): Promise<Result> {
    const { secrets } = this.#options;
    return this.#changes.run(async () => {
      const changed = await inOneStep(secrets, async draft => {
        const before = secrets.transact === undefined ? this.#grants : await readGrants(draft);
        const after = change(before);
        if (after.grants !== before) await draft.write(JOIN_FILE, formatGrants(after.grants));
        return after;
      });
      this.#grants = changed.grants;
      return changed.result;
    });
  }

  /** Those who come before it begins wait for the same. */
  #reread(): Promise<void> {
    this.#nextReading ??= this.#readInTime();
    return this.#nextReading;
  }

  async #readInTime(): Promise<void> {
    const { clock, secrets } = this.#options;
    const waitMs = Math.max(0, this.#readMs + REREAD_MS - clock.nowMs());
    if (waitMs > 0) await new Promise<void>(resolve => void clock.after(waitMs, resolve));
    await this.#changes.run(async () => {
      this.#nextReading = undefined;
      this.#readMs = clock.nowMs();
      this.#grants = await readGrants(secrets);
    });
  }

  #assertRoom(grants: readonly JoinGrant[]): void {
    const isFull = grants.length > MAX_GRANTS;
    const isLarge = this.#options.secrets.transact !== undefined && formatGrants(grants).length > MAX_SHARED_BYTES;
    if (isFull || isLarge) throw refusal(`there are ${grants.length - 1} tokens already`, 'wait until some have been forgotten');
  }
}

/** Throws IdentityError where what is stored cannot be read: used tokens must stay used. */
export async function openJoinTokens(options: JoinTokensOptions): Promise<JoinTokens> {
  return new JoinTokens(options, await readGrants(options.secrets));
}

async function readGrants(secrets: SecretStore): Promise<readonly JoinGrant[]> {
  const json = await secrets.read(JOIN_FILE);
  return json === undefined ? [] : parseJoinGrants(json);
}

function formatGrants(grants: readonly JoinGrant[]): string {
  return `${JSON.stringify(grants)}\n`;
}

function grantFrom({ identity, addresses, ttlMs }: JoinTokenRequest, made: { hash: string; nowMs: number }): JoinGrant {
  if (!(ttlMs >= MIN_TTL_MS && ttlMs <= MAX_TTL_MS)) {
    throw refusal(`it is to be good for ${ttlMs} ms`, `write from ${MIN_TTL_MS} ms (1s) to ${MAX_TTL_MS} ms (7 days)`);
  }
  if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) {
    throw refusal(
      `it is for ${addresses.length} addresses`,
      `name from 1 to ${MAX_ADDRESSES} addresses that the holder serves on`,
    );
  }
  const wrong = addresses.find(address => isIP(address) === 0);
  if (wrong !== undefined) throw refusal(`${quoted(wrong)} is no IP address`, 'write addresses such as 192.0.2.7 or 2001:db8::7');
  const { hash, nowMs } = made;
  const times = { issuedAtMs: nowMs, expiresAtMs: nowMs + ttlMs, usedAtMs: 0 };
  return { hash, identity: formatSpiffeId(identity), addresses: [...addresses], ...times };
}

/** Compares with all of them, and each in the same time whatever is alike: how long it takes tells nothing. */
function findGrant(grants: readonly JoinGrant[], token: string): JoinGrant | undefined {
  const wanted = Buffer.from(hashJoinToken(token));
  let found: JoinGrant | undefined;
  for (const grant of grants) if (timingSafeEqual(Buffer.from(grant.hash), wanted)) found = grant;
  return found;
}

function refusalFor(grant: JoinGrant | undefined, nowMs: number): Redemption | undefined {
  if (grant === undefined) return unknown();
  const { identity, usedAtMs, expiresAtMs } = grant;
  if (usedAtMs !== 0) {
    const reason = `the join token for ${identity} was used on ${isoOf(usedAtMs)}, and is good once: issue another one; if that was not you, somebody else has joined as ${identity}`;
    return { isValid: false, code: 'used', reason };
  }
  if (nowMs < expiresAtMs) return undefined;
  return {
    isValid: false,
    code: 'expired',
    reason: `the join token for ${identity} expired on ${isoOf(expiresAtMs)}: issue another one`,
  };
}

function unknown(): Redemption {
  return { isValid: false, code: 'unknown', reason: 'the join token is not known here: issue one on this control plane' };
}

function redemptionOf({ identity, addresses }: JoinGrant): Redemption {
  const id = parseSpiffeId(identity);
  return id.isValid ? { isValid: true, identity: id.value, addresses } : unknown();
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function refusal(message: string, hint: string): IdentityError {
  return new IdentityError('invalid-request', { message: `the join token is not issued: ${message}`, hint });
}
