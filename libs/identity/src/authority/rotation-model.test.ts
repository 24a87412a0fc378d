// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TrustBundle } from '../bundle/trust-bundle.ts';
import { createSigningRequest } from '../certificate/create-signing-request.ts';
import { parseCertificates } from '../certificate/pem.ts';
import { CART, NOW_MS, TRUST_DOMAIN, createKey } from '../identity-lab.ts';
import { createMemorySecrets } from '../secrets/secret-store.ts';
import { verifyPeer } from '../verify/verify-peer.ts';
import type { Authority } from './authority.ts';
import { openAuthority } from './open-authority.ts';

/** A peer as the control plane and the network see it; what is on the way is delivered in any order between peers. */
interface Peer {
  /** Oldest first: a stream delivers in order, and may skip to the newest. */
  readonly bundlesOnTheWay: TrustBundle[];
  /** A leaf that is signed and has not arrived. */
  leafOnTheWay: string | undefined;
  bundle: TrustBundle | undefined;
  leaf: string | undefined;
  /** What the control plane has heard last. */
  acked: string | undefined;
}

const REQUEST = createSigningRequest(createKey());

/** The protocol between an authority and its peers, with nothing left out but the wires. */
class Mesh {
  readonly peers: Peer[] = [];
  readonly #reopen: () => Promise<Authority>;
  #authority: Authority;

  constructor(authority: Authority, reopen: () => Promise<Authority>) {
    this.#authority = authority;
    this.#reopen = reopen;
  }

  /** A peer counts from when its leaf is signed, long before it has it. */
  async join(): Promise<void> {
    const bundlesOnTheWay = [this.#authority.bundle()];
    const peer: Peer = { bundlesOnTheWay, leafOnTheWay: undefined, bundle: undefined, leaf: undefined, acked: undefined };
    this.peers.push(peer);
    await this.#ask(peer);
  }

  deliverBundle(peer: Peer, isNewest: boolean): void {
    if (isNewest) peer.bundlesOnTheWay.splice(0, peer.bundlesOnTheWay.length - 1);
    const bundle = peer.bundlesOnTheWay.shift();
    if (bundle !== undefined && bundle.sequence > (peer.bundle?.sequence ?? 0)) peer.bundle = bundle;
  }

  /** A leaf is taken where it verifies; else, and where its root does not issue, another one is asked for. */
  async deliverLeaf(peer: Peer): Promise<void> {
    const { leafOnTheWay: leaf, bundle } = peer;
    if (leaf === undefined || bundle === undefined) return;
    peer.leafOnTheWay = undefined;
    if (rootOf(leaf, bundle) === undefined) await this.#ask(peer);
    else peer.leaf = leaf;
  }

  async renew(peer: Peer): Promise<void> {
    if (peer.leafOnTheWay === undefined) await this.#ask(peer);
  }

  acknowledge(peer: Peer): void {
    const { leaf, bundle, leafOnTheWay } = peer;
    if (leaf === undefined || bundle === undefined || leafOnTheWay !== undefined) return;
    if (rootOf(leaf, bundle) === bundle.issuingRoot) peer.acked = bundle.version;
  }

  async begin(): Promise<void> {
    await this.#authority.begin();
    this.#push();
  }

  async advance(): Promise<void> {
    const { version } = this.#authority.bundle();
    const haveAll = this.peers.every(({ acked }) => acked === version);
    await this.#authority.advance({ acked: haveAll ? version : undefined });
    this.#push();
  }

  async abort(): Promise<void> {
    await this.#authority.abort().catch(() => undefined);
    this.#push();
  }

  async restart(): Promise<void> {
    this.#authority = await this.#reopen();
  }

  phase(): string {
    return this.#authority.status().phase;
  }

  #push(): void {
    const bundle = this.#authority.bundle();
    for (const { bundlesOnTheWay, bundle: held } of this.peers) {
      const last = bundlesOnTheWay.at(-1) ?? held;
      if (last?.version !== bundle.version) bundlesOnTheWay.push(bundle);
    }
  }

  async #ask(peer: Peer): Promise<void> {
    peer.leafOnTheWay = (await this.#authority.sign(REQUEST, CART)).chainPem;
  }
}

const roots = new Map<string, string | undefined>();

/** Remembered, as the same few are asked for all the time. */
function rootOf(leaf: string, bundle: TrustBundle): string | undefined {
  const key = `${bundle.version} ${leaf}`;
  if (!roots.has(key)) roots.set(key, verifiedRoot(leaf, bundle));
  return roots.get(key);
}

function verifiedRoot(leaf: string, bundle: TrustBundle): string | undefined {
  const chain = parseCertificates(leaf, 'leaf');
  const found = verifyPeer(chain, { bundle, nowMs: NOW_MS, trustDomain: TRUST_DOMAIN });
  return found.isTrusted ? found.root : undefined;
}

/** Every two peers that are in the mesh can talk to each other, both ways. */
function assertAllVerify(peers: readonly Peer[]): void {
  for (const { leaf } of peers) {
    for (const { bundle } of peers) {
      if (leaf !== undefined && bundle !== undefined) expect(rootOf(leaf, bundle)).toBeDefined();
    }
  }
}

type Move = (mesh: Mesh, peer: Peer) => Promise<void> | void;

const MOVES: Readonly<Record<string, Move>> = {
  bundle: (mesh, peer) => mesh.deliverBundle(peer, false),
  newestBundle: (mesh, peer) => mesh.deliverBundle(peer, true),
  leaf: (mesh, peer) => mesh.deliverLeaf(peer),
  renew: (mesh, peer) => mesh.renew(peer),
  acknowledge: (mesh, peer) => mesh.acknowledge(peer),
  advance: mesh => mesh.advance(),
  begin: mesh => mesh.begin(),
  abort: mesh => mesh.abort(),
  restart: mesh => mesh.restart(),
  join: async mesh => {
    if (mesh.peers.length < 4) await mesh.join();
  },
};

async function createMesh(seed: number): Promise<Mesh> {
  const secrets = createMemorySecrets();
  const options = { secrets, clock: createManualClock(NOW_MS), random: createSeededRandom(seed), trustDomain: TRUST_DOMAIN };
  const open = (): Promise<Authority> => openAuthority(options);
  const mesh = new Mesh(await open(), open);
  for (let i = 0; i < 2; i++) await mesh.join();
  return mesh;
}

const moves = fc.array(
  fc.record({
    peer: fc.nat(3),
    move: fc.constantFrom(
      'begin',
      'advance',
      'advance',
      'abort',
      'restart',
      'join',
      'bundle',
      'newestBundle',
      'leaf',
      'renew',
      'acknowledge',
      'follow',
    ),
  }),
  { minLength: 20, maxLength: 60 },
);

/** What a peer does one thing after the other when nothing is in its way, so that rotations get far. */
async function follow(mesh: Mesh): Promise<void> {
  for (const peer of mesh.peers) {
    mesh.deliverBundle(peer, true);
    await mesh.deliverLeaf(peer);
    await mesh.renew(peer);
    await mesh.deliverLeaf(peer);
    mesh.acknowledge(peer);
  }
}

it('at any time any two peers believe each other, whatever arrives in which order', { timeout: 60_000 }, async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(moves, fc.nat(), async (list, seed) => {
      const mesh = await createMesh(seed);
      for (const { peer, move } of list) {
        if (move === 'follow') await follow(mesh);
        else await MOVES[move]!(mesh, mesh.peers[peer % mesh.peers.length]!);
        assertAllVerify(mesh.peers);
        seen.add(mesh.phase());
      }
    }),
    { numRuns: 40 },
  );
  // The property says nothing of phases that no run has come to.
  expect(seen).toEqual(new Set(['Stable', 'Introducing', 'Issuing', 'Retiring']));
});

it('a rotation that nobody is in the way of comes to its end', async () => {
  const mesh = await createMesh(1);
  await mesh.begin();
  for (const phase of ['Issuing', 'Retiring', 'Stable']) {
    await follow(mesh);
    await mesh.advance();
    expect(mesh.phase()).toBe(phase);
  }
});
