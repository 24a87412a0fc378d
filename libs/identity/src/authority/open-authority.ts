// SPDX-License-Identifier: Apache-2.0
import { IdentityError, quoted } from '../identity-error.ts';
import { inOneStep } from '../secrets/secret-store.ts';
import { assertTrustDomain } from '../spiffe-id.ts';
import { Authority } from './authority.ts';
import type { AuthorityParts } from './authority.ts';
import type { AuthorityState } from './authority-state.ts';
import { assertValidNow, readGeneration } from './generation.ts';
import type { Generation, GivenAuthority } from './generation.ts';
import { loadGeneration, loadGenerations, removeOtherGenerations, writeGeneration } from './generation-files.ts';
import type { StoredAuthority } from './generation-files.ts';
import { makeGeneration } from './make-generation.ts';
import { trustedGenerations } from './rotation.ts';
import { readState, writeState } from './state-file.ts';

export interface AuthorityOptions extends Omit<AuthorityParts, 'leafLifetimeMs'> {
  readonly trustDomain: string;
  /** From 10 seconds to 7 days; a day unless given. */
  readonly leafLifetimeMs?: number | undefined;
  /** Used in place of a self-made authority. */
  readonly given?: GivenAuthority | undefined;
}

const DAY_MS = 86_400_000;
/** Long enough to bear a control plane that is away for hours, short enough that a stolen key is of little use. */
const DEFAULT_LEAF_LIFETIME_MS = DAY_MS;
/** Shorter ones would be renewed all the time; tests want seconds. */
const MIN_LEAF_LIFETIME_MS = 10_000;
/** Nothing is revoked: a leaf counts until it ends. */
const MAX_LEAF_LIFETIME_MS = 7 * DAY_MS;

/**
 * Opens the authority that is stored, or makes and stores one; of several processes that share a store, one makes it and the others find it.
 * Throws IdentityError where what is stored or given cannot be used.
 */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { secrets, clock, random, trustDomain, leafLifetimeMs = DEFAULT_LEAF_LIFETIME_MS } = options;
  assertTrustDomain(trustDomain);
  assertLifetime(leafLifetimeMs);
  const { state, generations } = await inOneStep(secrets, draft => settle({ ...options, secrets: draft }, leafLifetimeMs));
  return new Authority({ secrets, clock, random, leafLifetimeMs }, state, generations);
}

/** What is stored, put in order. */
async function settle(options: AuthorityOptions, leafLifetimeMs: number): Promise<StoredAuthority> {
  const { secrets, trustDomain } = options;
  const stored = (await readState(secrets)) ?? (await createState(options, leafLifetimeMs));
  assertSameTrustDomain(stored.trustDomain, trustDomain);
  const state = await withLifetime(options, stored, leafLifetimeMs);
  await takeGiven(options, state);
  const generations = await loadGenerations(secrets, state);
  await removeOtherGenerations(secrets, trustedGenerations(state));
  return { state, generations };
}

async function createState(options: AuthorityOptions, longestLeafMs: number): Promise<AuthorityState> {
  const { secrets, random, clock, trustDomain, given } = options;
  const current = random.hex(8);
  const made = given ?? (await makeGeneration(current, options));
  assertValidNow(readGeneration(made), clock.wallMs());
  await writeGeneration(secrets, current, made);
  const state: AuthorityState = {
    trustDomain,
    phase: 'Stable',
    sequence: 1,
    current,
    next: '',
    longestLeafMs,
    oldLeavesEndMs: 0,
  };
  await writeState(secrets, state);
  return state;
}

/** Written down before the first such leaf is signed, as a rotation waits for the last one. */
async function withLifetime(
  { secrets }: AuthorityOptions,
  state: AuthorityState,
  leafLifetimeMs: number,
): Promise<AuthorityState> {
  if (leafLifetimeMs <= state.longestLeafMs) return state;
  const longer = { ...state, longestLeafMs: leafLifetimeMs };
  await writeState(secrets, longer);
  return longer;
}

/** The given authority may have a new intermediate under the root that is stored; another root needs a rotation. */
async function takeGiven({ secrets, given, clock }: AuthorityOptions, state: AuthorityState): Promise<void> {
  if (given === undefined) return;
  const generation = readGeneration(given);
  const found: Generation[] = [];
  for (const id of trustedGenerations(state)) {
    const stored = await loadGeneration(secrets, id);
    found.push(stored);
    if (stored.root.fingerprint256 !== generation.root.fingerprint256) continue;
    if (stored.issuer.fingerprint256 === generation.issuer.fingerprint256) return;
    assertValidNow(generation, clock.wallMs());
    await writeGeneration(secrets, id, given);
    return;
  }
  throw new IdentityError('invalid-authority', {
    message: `the given root is ${generation.root.fingerprint256}, and the stored one ${found.map(({ root }) => root.fingerprint256).join(' and ')}`,
    hint: 'start with the stored one and rotate to the given one, so that no peer is cut off; or begin anew in an empty place',
  });
}

function assertSameTrustDomain(stored: string, wanted: string): void {
  if (stored === wanted) return;
  throw new IdentityError('invalid-authority', {
    message: `the stored authority is of trust domain ${quoted(stored)}, and ${quoted(wanted)} is asked for`,
    hint: 'a trust domain is for good: name the stored one, or begin anew in an empty place, and all proxies join again',
  });
}

function assertLifetime(leafLifetimeMs: number): void {
  if (leafLifetimeMs >= MIN_LEAF_LIFETIME_MS && leafLifetimeMs <= MAX_LEAF_LIFETIME_MS) return;
  throw new IdentityError('invalid-authority', {
    message: `leaves of ${leafLifetimeMs} ms are asked for`,
    hint: `write a lifetime from ${MIN_LEAF_LIFETIME_MS} ms (10s) to ${MAX_LEAF_LIFETIME_MS} ms (7 days)`,
  });
}
