// SPDX-License-Identifier: Apache-2.0
import { CLIENT_KEY_FIELD } from '@weir/base';
import type { Dispatch, Exchange } from '@weir/base';
import { WHOLE_SHARE } from '@weir/policy/snapshot';
import type { Backend, ResourceName, Revision, Split } from '@weir/policy/snapshot';
import { clientKeyOfAddress, clientKeyReader, formatClientKey, parseClientKey, saltOf, splitPointOf } from '@weir/resilience';
import type { Fuse } from '@weir/resilience';
import { SplitMatcher } from '@weir/routing';
import { BackendRuntime } from '../engine/backend-runtime.ts';
import type { BackendPorts } from '../engine/backend-runtime.ts';
import type { PoolRegistry } from '../engine/pool-registry.ts';
import type { RunningBackend } from '../engine/running-backend.ts';
import type { StreamBackend } from '../tcp/stream-leg.ts';
import { backendOfRevision, fuseName } from './revision-backends.ts';
import { RevisionStream } from './revision-stream.ts';
import { SplitRevision } from './split-revision.ts';
import type { SplitInForce, SplitTallies } from './split-tallies.ts';

export interface SplitPorts extends BackendPorts {
  readonly registry: PoolRegistry;
  readonly tallies: SplitTallies;
  /** Sends a copy of a request to a backend, of whose copies no more are in flight than may be. */
  sendCopy(backend: ResourceName, exchange: Exchange, dispatch: Dispatch): void;
}

/** Copies of others could do something twice. */
const COPIED_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A backend whose calls are divided between two revisions. A request is decided upon once, at its first attempt, and stays with its
 * revision; only a fuse that blows meanwhile, or the loss of a revision's last endpoint, sends what is left of its attempts to the other one. The revision comes before everything else: a session whose endpoint is one of the other revision's moves.
 */
export class SplitBackend implements RunningBackend {
  readonly backend: Backend;
  readonly runtimes: readonly BackendRuntime[];
  private readonly split: Split;
  private readonly stable: SplitRevision;
  private readonly candidate: SplitRevision;
  private readonly matcher: SplitMatcher;
  private readonly fuse: Fuse | undefined;
  /** Nobody is there who could answer for the candidate, and stable can. */
  private readonly isCandidateGone: boolean;
  /** The same of stable, and the candidate has requests already: one that nobody has tried yet is not to get them all at once. */
  private readonly isStableGone: boolean;
  private readonly leaveFuse: () => void;
  /** Undefined = each request is for itself. */
  private readonly keyOf: ((exchange: Exchange) => number) | undefined;
  private readonly salt: number;
  private readonly ports: SplitPorts;

  constructor(backend: Backend, split: Split, ports: SplitPorts) {
    this.backend = backend;
    this.split = split;
    this.ports = ports;
    this.matcher = new SplitMatcher(split.matches);
    this.keyOf = split.assignment && clientKeyReader(split.assignment);
    this.salt = saltOf(split.rollout);
    const entered = split.fuse && ports.guards.enterFuse(fuseName(backend, split), split.fuse);
    // With nothing else to go to, there is nothing to be taken out of.
    this.fuse = split.stable.endpoints.length === 0 ? undefined : entered?.fuse;
    this.isCandidateGone = split.candidate.endpoints.length === 0 && split.stable.endpoints.length > 0;
    this.isStableGone = split.stable.endpoints.length === 0 && split.candidate.endpoints.length > 0 && split.candidateShare > 0;
    this.leaveFuse = entered?.leave ?? (() => undefined);
    this.stable = this.createRevision(split.stable, undefined);
    this.candidate = this.createRevision(split.candidate, this.fuse);
    this.runtimes = [this.stable.runtime, this.candidate.runtime];
  }

  readonly dispatch: Dispatch = (exchange, handler) => this.revisionOf(exchange).dispatch(exchange, handler);

  get inForce(): SplitInForce {
    const { split, backend, fuse } = this;
    const { rollout, step, stable, candidate } = split;
    const revisions = { stable: stable.revision, candidate: candidate.revision };
    return { rollout, step, backend: backend.label, ...revisions, blown: fuse?.words };
  }

  hasSessionsOf(endpointId: string): boolean {
    return this.runtimes.some(runtime => runtime.hasSessionsOf(endpointId));
  }

  serves(key: string): boolean {
    return this.runtimes.some(runtime => runtime.serves(key));
  }

  /** By share, and by the client's address where clients are kept together: no more is known of it. */
  forStream(address: string, route: string): StreamBackend {
    const point = this.keyOf === undefined ? this.randomPoint() : splitPointOf(clientKeyOfAddress(address), this.salt);
    const isCandidate = this.isStableGone || (point < this.split.candidateShare && !this.isOut);
    const revision = isCandidate ? this.candidate : this.stable;
    return new RevisionStream(revision, revision.tallyOf(route));
  }

  inherit(previous: RunningBackend): void {
    for (const runtime of this.runtimes) runtime.inherit(previous);
    if (previous instanceof SplitBackend) this.inheritFuse(previous);
  }

  renewSessions(): void {
    for (const runtime of this.runtimes) runtime.renewSessions();
  }

  release(): void {
    for (const runtime of this.runtimes) runtime.release();
    this.leaveFuse();
  }

  /** The candidate gets nothing, whatever its share. */
  private get isOut(): boolean {
    return this.isCandidateGone || this.fuse?.isBlown === true;
  }

  /** A fuse that blew while the next step was on its way is not mended by that: nobody knew of it, or there would be no such step. */
  private inheritFuse({ split: { rollout, candidate }, fuse }: SplitBackend): void {
    const { split } = this;
    const isSame = split.rollout === rollout && split.candidate.revision === candidate.revision;
    const hasTraffic = split.candidateShare > 0 || split.mirrorShare > 0 || split.matches.length > 0;
    if (isSame && hasTraffic && fuse?.isBlown === true) this.fuse?.blowLike(fuse);
  }

  private createRevision(revision: Revision, fuse: Fuse | undefined): SplitRevision {
    const { backend, split, ports } = this;
    const { rollout, step } = split;
    return new SplitRevision({
      runtime: new BackendRuntime(backendOfRevision(backend, revision), ports.registry, ports),
      place: { rollout, step, backend: backend.label, revision: revision.revision },
      tallies: ports.tallies,
      clock: ports.clock,
      fuse,
    });
  }

  /** A change of shares between two attempts changes nothing for a request; that its revision is gone does. */
  private revisionOf(exchange: Exchange): SplitRevision {
    const { stable, candidate } = this;
    const { revision } = exchange.served;
    if (revision === stable.name && !this.isStableGone) return stable;
    const isCandidate = revision === candidate.name ? !this.isOut : this.isForCandidate(exchange);
    const chosen = isCandidate ? candidate : stable;
    exchange.served.revision = chosen.name;
    if (chosen === stable && revision === '') this.mayCopy(exchange);
    return chosen;
  }

  private isForCandidate(exchange: Exchange): boolean {
    const point = this.pointOf(exchange);
    if (this.isOut) return false;
    return this.isStableGone || point < this.split.candidateShare || this.matcher.fits(exchange);
  }

  private pointOf(exchange: Exchange): number {
    return this.keyOf === undefined ? this.randomPoint() : splitPointOf(this.clientKey(exchange, this.keyOf), this.salt);
  }

  private randomPoint(): number {
    return this.ports.random.next() * WHOLE_SHARE;
  }

  /** As a hop before has told within the mesh; told to the next one. */
  private clientKey(exchange: Exchange, keyOf: (exchange: Exchange) => number): number {
    const { headers } = exchange.request;
    const told = exchange.meshSide === undefined ? undefined : parseClientKey(headers.get(CLIENT_KEY_FIELD));
    if (told !== undefined) return told;
    const key = keyOf(exchange);
    headers.set(CLIENT_KEY_FIELD, formatClientKey(key));
    return key;
  }

  /** Sends the candidate a copy of a request to stable, if its turn has come. */
  private mayCopy(exchange: Exchange): void {
    const { mirrorShare } = this.split;
    if (mirrorShare === 0 || !isCopied(exchange) || this.isOut || this.randomPoint() >= mirrorShare) return;
    const { candidate } = this;
    this.ports.sendCopy(candidate.runtime.backend.name, exchange, (copy, handler) => {
      copy.served.revision = candidate.name;
      copy.way = exchange.way;
      copy.meshSide = exchange.meshSide;
      copy.clientAddress = exchange.clientAddress;
      return candidate.dispatch(copy, handler);
    });
  }
}

/** A body is sent once, by whoever asks for it. */
function isCopied({ request, body, upgrade }: Exchange): boolean {
  return COPIED_METHODS.has(request.method) && body.contentLength === 0 && upgrade === undefined;
}
