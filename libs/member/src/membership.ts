// SPDX-License-Identifier: Apache-2.0
import type { RequestListener } from 'node:http';
import { createSystemRandom, systemClock } from '@weir/base';
import { LeafKeeper, parseShortName } from '@weir/identity';
import type { SecretStore, SpiffeId } from '@weir/identity';
import { MESH_TRUST } from '@weir/policy/snapshot';
import type { SplitReport, Transaction, TrustBundle } from '@weir/policy/snapshot';
import type { PortAddress } from '@weir/proxy';
import { RelayOffer, SplitReporter, SyncClient } from '@weir/sync/client';
import type { AcceptedFile, Rejection } from '@weir/sync/client';
import type { Root } from '@weir/sync/messages';
import { ControlPlaneLink } from './control-plane-link.ts';
import { heldIdentity } from './held-identity.ts';
import type { HeldIdentity } from './held-identity.ts';
import type { ReadJoinProof } from './join-proof.ts';
import { leafNews } from './leaf-words.ts';

/** What runs what a control plane sends. */
export interface Member {
  /** Takes who it is and whom it believes, now and whenever that changes; resolves when handshakes are made with it. */
  identify(identity: HeldIdentity): Promise<void>;
  /** Runs a transaction whole, or nothing of it: then each rejection names a resource of it that is why. */
  apply(transaction: Transaction): Promise<readonly Rejection[]>;
  /** What was seen of the revisions behind splits since the last call; undefined = there is no split. */
  splitReport(): Promise<SplitReport | undefined>;
}

export interface MembershipOptions {
  /** `NAMESPACE/SERVICE-ACCOUNT`. */
  readonly identity: string;
  readonly trustDomain: string;
  readonly controlPlane: PortAddress;
  /** What proves the identity: asked for whenever there is no certificate that is valid. */
  readonly proof: ReadJoinProof;
  /** IP addresses at which it is called; none = all that the proof is for. */
  readonly addresses: readonly string[];
  /** Its name among the proxies of its identity; the same after a restart. */
  readonly proxy: string;
  /** What it is given as long as it lives. */
  readonly roots: readonly Root[];
  /** Where the leaf is kept. */
  readonly secrets: SecretStore;
  /** Where what was accepted is kept; undefined = nowhere. */
  readonly accepted: Pick<AcceptedFile, 'load' | 'save'> | undefined;
  readonly member: Member;
  /** Told what happens, for people; must not throw. */
  readonly onNote: (text: string) => void;
}

/** How long a proxy that has something from before its start waits to be told what there is now. */
const CURRENT_PATIENCE_MS = 3_000;

/** A proxy's part in a mesh: it joins, keeps its certificate new, and runs what its control plane sends. */
export class Membership {
  /** Resolves when the first certificate is used. */
  readonly certified: Promise<void>;
  readonly client: SyncClient;
  private readonly keeper: LeafKeeper;
  private readonly link: ControlPlaneLink;
  private readonly proxy: string;
  private readonly member: Member;
  private relay: RelayOffer | undefined;
  private splits: SplitReporter | undefined;
  private readonly used = Promise.withResolvers<undefined>();
  private readonly firstEnd = Promise.withResolvers<undefined>();

  private constructor(options: MembershipOptions, expected: SpiffeId) {
    const { trustDomain, secrets, onNote, member } = options;
    this.certified = this.used.promise;
    this.member = member;
    this.proxy = options.proxy;
    const link = new ControlPlaneLink({
      ...{ at: options.controlPlane, trustDomain, proof: options.proof, addresses: options.addresses },
      leaf: () => this.keeper.leaf(),
      bundle: () => this.keeper.bundle(),
    });
    this.link = link;
    this.keeper = new LeafKeeper({
      ...{ trustDomain, expected, secrets, clock: systemClock, random: createSystemRandom(), certify: link.certify },
      onFailure: reason => onNote(`no certificate: ${reason}`),
      onHealth: health => onNote(leafNews(health)),
      onChange: () => this.useLeaf(),
    });
    this.client = new SyncClient({
      ...{ proxy: options.proxy, roots: options.roots, connect: link.connect, file: options.accepted },
      ...{ clock: systemClock, random: createSystemRandom() },
      configuration: { apply: transaction => this.apply(transaction) },
      onEnd: ({ reason, detail }) => {
        this.firstEnd.resolve(undefined);
        if (reason === 'age') return;
        onNote(`control plane: ${detail}`);
        void this.renewOutdated();
      },
      onProblem: problem => onNote(problem.message),
    });
  }

  /**
   * Begins to ask for a certificate, until there is one. Throws where the identity cannot be read, and IdentityError where what is
   * kept cannot be used.
   */
  static async begin(options: MembershipOptions): Promise<Membership> {
    const expected = parseShortName(options.identity, options.trustDomain);
    if (!expected.isValid) throw new Error(`identity ${options.identity}: ${expected.reason}`);
    const membership = new Membership(options, expected.value);
    await membership.keeper.start();
    // One that was kept is no change.
    membership.useLeaf();
    return membership;
  }

  /**
   * Runs what was kept, connects, and resolves when it runs what there is now; where something was kept and the control plane does not
   * answer, it resolves with that after a while. Not to be called before `certified`.
   */
  async start(): Promise<void> {
    const { client, member } = this;
    await client.start();
    this.splits = new SplitReporter({ clock: systemClock, client, take: () => member.splitReport() });
    await client.ready;
    const late = Promise.withResolvers<undefined>();
    const timer = systemClock.after(CURRENT_PATIENCE_MS, () => late.resolve(undefined));
    await Promise.race([client.current, this.firstEnd.promise, late.promise]);
    timer.cancel();
  }

  /** How the certificate is. */
  health(): ReturnType<LeafKeeper['health']> {
    return this.keeper.health();
  }

  /** Whoever may ask the control plane may see what `handler` answers, until `stop`. Not to be called before `certified`, and once. */
  offerAdmin(handler: RequestListener): void {
    this.relay = new RelayOffer({
      ...{ address: this.link.address, proxy: this.proxy, handler },
      ...{ clock: systemClock, random: createSystemRandom() },
    });
    this.relay.start();
  }

  async stop(): Promise<void> {
    this.keeper.stop();
    this.relay?.close();
    this.splits?.close();
    await this.client.close();
  }

  private useLeaf(): void {
    const held = heldIdentity(this.keeper);
    if (held !== undefined) void this.member.identify(held).then(() => this.used.resolve(undefined));
  }

  /** The control plane may have left the root behind that the leaf is of: then no stream comes about with it any more. */
  private async renewOutdated(): Promise<void> {
    if (await this.link.isOutdated().catch(() => false)) this.keeper.renew();
  }

  private apply(transaction: Transaction): Promise<readonly Rejection[]> {
    const bundle = transaction.upserts.find(({ name }) => name === MESH_TRUST);
    if (bundle?.kind === 'trustBundle') this.takeBundle(bundle);
    // The leaf's keeper gives it to the member, with the leaf that goes with it.
    return this.member.apply({ ...transaction, upserts: transaction.upserts.filter(({ name }) => name !== MESH_TRUST) });
  }

  private takeBundle({ authoritiesPem, mesh }: TrustBundle): void {
    if (mesh !== undefined) this.keeper.setBundle({ ...mesh, rootsPem: authoritiesPem });
  }
}
