// SPDX-License-Identifier: Apache-2.0
import type { ConnectRouter } from '@connectrpc/connect';
import { ProblemWatch, reasonWords } from '@weir/base';
import type { Problem } from '@weir/base';
import { formatJoinText, formatShortName, IdentityError } from '@weir/identity';
import type { Authority, JoinTokenRequest, JoinTokens } from '@weir/identity/authority';
import type { Compilation, Compiler, Status } from '@weir/policy/compile';
import type { RolloutNews } from '@weir/rollouts';
import type { RolloutDesk } from '@weir/rollouts/drive';
import type { SplitReport } from '@weir/policy/snapshot';
import type { StreamReport, SyncServer } from '@weir/sync/server';
import type {
  ControlPlaneEvent,
  ControlPlaneOptions,
  LoadedDocuments,
  RefusedObject,
  SourcePositions,
} from './control-plane-options.ts';
import type { Distribution } from './distribution/distribution.ts';
import type { AddressBook } from './identity/address-book.ts';
import { authorityProblems } from './identity/authority-problems.ts';
import type { GatewayBook } from './identity/gateway-book.ts';
import type { Certificated, CertifiedPeer, CertifyRequest, IdentityDesk } from './identity/identity-desk.ts';
import { reservedFor, rootInJoinText } from './identity/identity-names.ts';
import { identityRoutes } from './identity/identity-routes.ts';
import type { RotationDriver } from './identity/rotation-driver.ts';
import type { ServerIdentity } from './identity/server-identity.ts';
import type { WorkloadBook } from './identity/workload-book.ts';
import { NOBODY_ELSE } from './objects/acks-elsewhere.ts';
import { ObjectBook } from './objects/object-book.ts';
import type { ObjectReport } from './objects/object-report.ts';
import type { Relay } from './relay/ask-proxy.ts';
import { AckRounds } from './replicas/ack-rounds.ts';
import { MAX_OBJECTS } from './replicas/replica-circle.ts';
import type { ObjectEdition } from './replicas/replica-link.ts';
import { replicaRoutes } from './replicas/replica-routes.ts';
import type { Replicas } from './replicas/open-replicas.ts';
import { LeadingRollouts } from './replicas/rollouts/leading-rollouts.ts';
import { OwnRollouts } from './replicas/rollouts/own-rollouts.ts';

/** What a control plane is put together of; `createControlPlane` does. */
export interface ControlPlaneParts {
  readonly options: ControlPlaneOptions;
  readonly trustDomain: string;
  readonly compiler: Compiler;
  readonly sync: SyncServer;
  readonly distribution: Distribution;
  readonly gateways: GatewayBook;
  readonly workloads: WorkloadBook;
  readonly authority: Authority;
  readonly joinTokens: JoinTokens;
  readonly addresses: AddressBook;
  readonly desk: IdentityDesk;
  readonly server: ServerIdentity;
  readonly rotation: RotationDriver;
  readonly relay: Relay;
  readonly rollouts: RolloutDesk;
  /** Undefined = there are no other replicas. */
  readonly replicas: Replicas | undefined;
}

/** A proxy that is connected. */
export interface ProxyReport extends StreamReport {
  /** Whether its admin side can be asked. */
  readonly isAskable: boolean;
}

/** Documents in, configuration and certificates out; no sockets. `startControlPlane` opens them, `weir up` has one inside. */
export class ControlPlane {
  readonly trustDomain: string;
  readonly sync: SyncServer;
  readonly authority: Authority;
  readonly joinTokens: JoinTokens;
  /** The certificate that proxies are shown. */
  readonly server: ServerIdentity;
  readonly rotation: RotationDriver;
  readonly objects: ObjectBook;
  /** The way to proxies' admin sides; whoever listens for proxies gives it their connections. */
  readonly relay: Relay;
  readonly rollouts: RolloutDesk;
  /** The same as the replica that leads has them. */
  readonly leadingRollouts: LeadingRollouts;
  /** Told of each change of documents. Must not throw. */
  onChanged: (changedKeys: readonly string[]) => void = () => undefined;
  /** Told of objects of which other replicas have said what their proxies have. Must not throw. */
  onHeard: (keys: readonly string[]) => void = () => undefined;
  /** Told of each turn of a Rollout, `namespace/name`, that is driven here. Must not throw. */
  onNews: (rollout: string, news: RolloutNews) => void = () => undefined;
  private readonly parts: ControlPlaneParts;
  private readonly ownRollouts: OwnRollouts;
  private readonly ackRounds: AckRounds | undefined;
  private readonly watch = new ProblemWatch();
  private compilation: Compilation | undefined;
  /** As the source has them. */
  private given: LoadedDocuments | undefined;
  /** With what is in force of Rollouts. */
  private loaded: LoadedDocuments | undefined;
  private closeSource: () => Promise<void> = () => Promise.resolve();

  constructor(parts: ControlPlaneParts) {
    this.parts = parts;
    ({
      trustDomain: this.trustDomain,
      sync: this.sync,
      authority: this.authority,
      joinTokens: this.joinTokens,
      server: this.server,
      rotation: this.rotation,
      relay: this.relay,
      rollouts: this.rollouts,
    } = parts);
    this.objects = new ObjectBook({
      acks: parts.sync.acks,
      elsewhere: parts.replicas?.circle ?? NOBODY_ELSE,
      statuses: () => this.compilation?.statuses ?? new Map(),
      nowMs: () => parts.options.clock.wallMs(),
    });
    const { replicas, options } = parts;
    this.ownRollouts = new OwnRollouts({ desk: parts.rollouts, isLeading: options.isLeading });
    this.leadingRollouts = new LeadingRollouts({ own: this.ownRollouts, circle: replicas?.circle });
    this.ackRounds =
      replicas &&
      new AckRounds({
        ...{ clock: options.clock, circle: replicas.circle, objects: this.objects },
        onHeard: keys => this.onHeard(keys),
        onNote: text => this.tell({ kind: 'note', text }),
      });
  }

  /** Takes the documents of a start, and opens the stream. Returns what is wrong with them. */
  begin(given: LoadedDocuments, closeSource: () => Promise<void>): readonly Problem[] {
    this.closeSource = closeSource;
    const loaded = this.take(given);
    const compilation = this.compile(loaded);
    this.parts.distribution.begin(compilation.transaction, this.authority.bundle());
    this.objects.update(compilation, compilation.transaction);
    return this.watch.update(this.problemsOf(loaded)).fresh;
  }

  /** Gives a change of documents to proxies. What cannot be read keeps its previous version. */
  change(given: LoadedDocuments): void {
    const loaded = this.take(given);
    const { onEvent } = this.parts.options;
    const { transaction, documents } = this.compile(loaded);
    this.parts.distribution.change(transaction);
    this.objects.update({ documents }, transaction);
    const { fresh, hasRecovered } = this.watch.update(this.problemsOf(loaded));
    const unread = fresh.filter(problem => loaded.problems.includes(problem));
    if (fresh.length > 0) onEvent({ kind: 'problems', problems: fresh, unread });
    const resourceCount = transaction.upserts.length + transaction.removes.length;
    const [upserted, removed] = [loaded.changedKeys.map(nameFromKey), loaded.removedKeys.map(nameFromKey)];
    if (upserted.length + removed.length > 0) onEvent({ kind: 'changed', upserted, removed, resourceCount });
    if (hasRecovered) onEvent({ kind: 'recovered' });
    this.ackRounds?.touch();
    this.onChanged(loaded.changedKeys);
  }

  /** So far were the sources read, and nothing became different: replicas that read the same ones have to be told. */
  advance(positions: SourcePositions): void {
    if (this.loaded === undefined) return;
    this.loaded = { ...this.loaded, positions };
    if (this.given !== undefined) this.given = { ...this.given, positions };
    this.parts.distribution.follow(positions);
    this.parts.distribution.advance();
  }

  /** Documents as they stand, and what they came to; statuses without what proxies say. */
  get current(): Pick<Compilation, 'rollouts' | 'statuses'> &
    Pick<Compilation['snapshot'], 'resources'> &
    Pick<LoadedDocuments, 'documents'> {
    const { loaded, compilation } = this;
    return {
      documents: loaded?.documents ?? new Map(),
      resources: compilation?.snapshot.resources ?? new Map(),
      statuses: compilation?.statuses ?? new Map(),
      rollouts: compilation?.rollouts ?? new Map(),
    };
  }

  /** Of those that there are, with what proxies of all replicas have. */
  async reports(keys: readonly string[]): Promise<readonly ObjectReport[]> {
    const reports: ObjectReport[] = [];
    for (let first = 0; first < keys.length; first += MAX_OBJECTS) {
      const some = keys.slice(first, first + MAX_OBJECTS);
      await this.ackRounds?.hear(some);
      reports.push(...some.flatMap(key => this.objects.report(key) ?? []));
    }
    return reports;
  }

  /** The services of proxies and of other replicas, for a Connect router whose calls have the values PEER and PEER_LEAF. */
  get routes(): (router: ConnectRouter) => void {
    return router => {
      this.sync.routes(router);
      identityRoutes(this.parts.desk)(router);
      const { replicas } = this.parts;
      if (replicas === undefined) return;
      const acks = { instance: replicas.instance, digestOf: (object: ObjectEdition) => this.objects.digestOf(object) };
      replicaRoutes({ acks, trust: replicas.trust, splits: replicas.splitLog, rollouts: this.ownRollouts })(router);
    };
  }

  /** Throws NotCertified. */
  certify(request: CertifyRequest, peer: CertifiedPeer | undefined): Promise<Certificated> {
    return this.parts.desk.certify(request, peer);
  }

  /** Makes the text that a workload joins with; it is shown this once. Throws IdentityError. */
  async issueJoinText(request: JoinTokenRequest): Promise<{ readonly joinText: string; readonly expiresAtMs: number }> {
    const reserved = reservedFor(request.identity, this.parts.options);
    if (reserved !== undefined) {
      throw new IdentityError('invalid-request', {
        message: `${formatShortName(request.identity)} is given to nobody: ${reserved}`,
        hint: 'name the identity of a workload, such as shop/cart',
      });
    }
    const { token, expiresAtMs } = await this.joinTokens.issue(request);
    return { joinText: formatJoinText({ token, root: rootInJoinText(this.server.root) }), expiresAtMs };
  }

  /** Of documents as they stand, and of the authority. */
  get problems(): readonly Problem[] {
    return this.loaded === undefined ? [] : this.problemsOf(this.loaded);
  }

  /** What is wrong with objects that cannot be read. */
  get unread(): readonly Problem[] {
    return this.loaded?.problems.filter(({ severity }) => severity === 'error') ?? [];
  }

  /** Objects that cannot be read as they are now, by `Kind/namespace/name`. */
  get refused(): ReadonlyMap<string, RefusedObject> {
    return this.loaded?.refused ?? new Map<string, RefusedObject>();
  }

  /** Everything that keeps its owner informed, by `Kind/namespace/name`, with `weir.dev/Programmed`. */
  statuses(): ReadonlyMap<string, Status> {
    const keys = [...(this.compilation?.statuses ?? new Map<string, Status>()).keys()];
    return new Map(
      keys.flatMap(key => {
        const status = this.objects.status(key);
        return status === undefined ? [] : [[key, status] as const];
      }),
    );
  }

  /** Of the objects that have a status. */
  statusKeys(): Iterable<string> {
    return this.compilation?.statuses.keys() ?? [];
  }

  proxies(): readonly ProxyReport[] {
    return this.sync.streams().map(report => ({ ...report, isAskable: this.relay.hub.isOffered(report.proxy) }));
  }

  /** Version of the snapshot that the documents came to, how much is in it, and what was ignored. */
  get summary(): { readonly version: number; readonly resourceCount: number; readonly ignoredCount: number } {
    const { version, resources } = this.compilation?.snapshot ?? { version: 0, resources: new Map() };
    return { version, resourceCount: resources.size, ignoredCount: this.loaded?.ignoredCount ?? 0 };
  }

  /** Tells the log. */
  tell(event: ControlPlaneEvent): void {
    this.parts.options.onEvent(event);
  }

  /** Whether there are Rollouts, and this process is the one that drives them. */
  get drivesRollouts(): boolean {
    return this.ownRollouts.isDriving() && this.current.rollouts.size > 0;
  }

  /** Whether what proxies of other replicas see of splits is heard, too. */
  get hearsAllSplits(): boolean {
    return this.parts.replicas?.splits.isWhole ?? true;
  }

  /** Takes what a proxy, `PEER/PROXY`, has seen of splits: whichever replica drives Rollouts is told. */
  hearSplits(proxy: string, report: SplitReport): void {
    this.parts.replicas?.splitLog.note(proxy, report);
    this.rollouts.report(proxy, report);
  }

  /** Looks at the same documents once more, for what time alone has changed: certificates expire without any edit. */
  recheck(): void {
    if (this.given !== undefined) this.change({ ...this.given, changedKeys: [], removedKeys: [] });
  }

  /** Takes over what another process has written into the store that they share. Never rejects. */
  async followStore(): Promise<void> {
    try {
      await Promise.all([this.rotation.follow(), this.parts.addresses.follow()]);
    } catch (reason) {
      const words = reasonWords(reason);
      this.tell({ kind: 'note', text: `what another replica has stored is not followed: ${words}` });
    }
  }

  /** Ends streams and timers; proxies go on with what they have. */
  async close(): Promise<void> {
    await this.closeSource();
    this.ackRounds?.stop();
    this.rollouts.stop();
    this.parts.replicas?.trust.stop();
    this.parts.replicas?.splits.stop();
    this.parts.replicas?.circle.close();
    this.rotation.stop();
    this.server.stop();
    this.sync.close();
    this.relay.hub.close();
  }

  private take(given: LoadedDocuments): LoadedDocuments {
    this.given = given;
    if (this.parts.options.rolloutStore !== undefined) return given;
    const documents = this.rollouts.withSplits(given.documents);
    return documents === given.documents ? given : { ...given, documents };
  }

  private compile(loaded: LoadedDocuments): Compilation {
    this.loaded = loaded;
    this.parts.distribution.follow(loaded.positions);
    const compilation = this.parts.compiler.update(loaded.documents);
    this.compilation = compilation;
    this.parts.gateways.apply(compilation.transaction);
    this.parts.workloads.apply(compilation.transaction);
    return compilation;
  }

  private problemsOf({ problems }: LoadedDocuments): readonly Problem[] {
    return [
      ...problems,
      ...(this.compilation?.problems ?? []),
      ...this.parts.distribution.problems,
      ...authorityProblems(this.authority),
    ];
  }
}

/** `HTTPRoute shop/cart` of a key `HTTPRoute/shop/cart`; kinds outside namespaces have an empty middle. */
function nameFromKey(key: string): string {
  return key.replace('/', ' ').replace(' /', ' ');
}
