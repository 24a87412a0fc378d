// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import type { ResourceVersion } from '../contract/envelope.ts';
import { addChecksums, checksumOf, subtractChecksums } from '../messages/checksum.ts';
import type { Ack, Push, RootAnswer } from '../messages/protocol.ts';
import type { Revision } from '../messages/revision.ts';
import type { Root } from '../messages/root.ts';
import type { Catalog, Entry } from './catalog.ts';
import type { IndexCursors } from './index-cursors.ts';
import type { Moved, RootState, RootTable } from './root-table.ts';

/** A version that a proxy refuses. */
export interface Refusal {
  readonly version: ResourceVersion;
  readonly reason: string;
  /** Wall time at which it was first told. */
  readonly sinceMs: number;
}

interface InFlight {
  readonly nonce: number;
  readonly names: ReadonlySet<ResourceName>;
  /** Updates that it brings the proxy up to; undefined = endpoints alone. */
  readonly sequence: number | undefined;
}

/** What all sessions share. */
export interface SessionSurroundings {
  readonly catalog: Catalog;
  readonly roots: RootTable<ProxySession>;
  readonly revision: () => Revision;
}

/**
 * What one proxy was sent, what changed of it since, and what it said to it. At most one push is under way; meanwhile changes add up to
 * names, and what they mean is looked up when the next push is made.
 */
export class ProxySession {
  readonly proxy: string;
  readonly index: IndexCursors;
  /** Roots that it subscribed to; undefined = it may not. */
  readonly roots = new Map<Root, RootState<ProxySession> | undefined>();
  /** What it has or is being sent, without what index roots bring. */
  readonly sent = new Map<ResourceName, ResourceVersion>();
  /** Kinds of which it has everything, as the roots that it asked for. */
  private readonly indexRoots = new Set<Root>();
  readonly refusals = new Map<ResourceName, Refusal>();
  inFlight: InFlight | undefined;
  /** It came with something that it ran before. */
  hasRun = false;
  private readonly changed = new Set<ResourceName>();
  private readonly changedEndpoints = new Set<ResourceName>();
  private readonly unanswered = new Set<Root>();
  /** A push is owed even if it is empty: it says that the proxy is up to date. */
  private owesPush = true;
  private isIndexBehind = true;
  private checksum = 0;
  private nonce = 0;
  /** Updates up to which it has everything. */
  private completeSequence = -1;
  private readonly around: SessionSurroundings;

  constructor(proxy: string, index: IndexCursors, around: SessionSurroundings) {
    this.proxy = proxy;
    this.index = index;
    this.around = around;
  }

  /** Notes what the proxy says that it has. */
  present(held: ReadonlyMap<ResourceName, ResourceVersion>): void {
    const { catalog } = this.around;
    this.hasRun = held.size > 0;
    for (const [name, version] of held) {
      const kind = catalog.get(name)?.kind;
      if (kind !== undefined && this.index.has(kind)) this.index.present(name, version);
      else {
        this.noteSent(name, version);
        this.changed.add(name);
      }
    }
  }

  subscribe(root: Root, isPermitted: boolean): void {
    if (this.roots.has(root)) return;
    const state = isPermitted ? this.around.roots.acquire(root, this) : undefined;
    this.roots.set(root, state);
    this.unanswered.add(root);
    if (state !== undefined) this.noteChange(state.names);
  }

  /** Has the proxy told that an index is there. */
  noteIndexRoot(root: Root): void {
    this.indexRoots.add(root);
    this.unanswered.add(root);
  }

  unsubscribe(root: Root): void {
    const state = this.roots.get(root);
    this.roots.delete(root);
    this.unanswered.delete(root);
    if (state === undefined) return;
    this.noteChange(state.names);
    this.around.roots.release(state, this);
  }

  close(): void {
    for (const state of this.roots.values()) if (state !== undefined) this.around.roots.release(state, this);
    this.roots.clear();
  }

  /** Something that it has, or has to have, is another one from the present update on. */
  noteChange(names: Iterable<ResourceName>): void {
    this.leaveIdle();
    for (const name of names) {
      this.changed.add(name);
      this.changedEndpoints.delete(name);
    }
  }

  noteEndpoints(name: ResourceName): void {
    if (this.changed.has(name)) return;
    this.leaveIdle();
    this.changedEndpoints.add(name);
  }

  noteIndexChange(): void {
    this.leaveIdle();
    this.isIndexBehind = true;
  }

  /** A root leads elsewhere; where there is something at it that was not, or no longer is, the proxy is told. */
  noteMoved({ state, names, isOther }: Moved<ProxySession>): void {
    this.noteChange(names);
    if (isOther) this.unanswered.add(state.root);
  }

  get pendingCount(): number {
    return this.changed.size + this.changedEndpoints.size;
  }

  /** Everything is sent and answered. */
  get isIdle(): boolean {
    return this.inFlight === undefined && !this.hasChanges && this.changedEndpoints.size === 0;
  }

  /** Something other than endpoints waits to be sent. */
  get hasChanges(): boolean {
    return this.owesPush || this.isIndexBehind || this.changed.size > 0 || this.unanswered.size > 0;
  }

  /** Whether the proxy has all of the snapshot that was current at `sequence`, or what followed it. */
  isCompleteAt(sequence: number): boolean {
    return this.completeSequence >= sequence || this.isIdle;
  }

  /** Whether a name is on its way or still to be sent. */
  isPending(name: ResourceName): boolean {
    return this.changed.has(name) || this.changedEndpoints.has(name) || this.inFlight?.names.has(name) === true;
  }

  /** The next push with all that changed; undefined = nothing did that concerns this proxy, or it has fallen too far behind. */
  takePush(): Push<Entry> | 'overflow' | undefined {
    const indexed = this.index.take();
    if (indexed === undefined) return 'overflow';
    const upserts: Entry[] = [...indexed.upserts];
    const removes: ResourceName[] = [...indexed.removes];
    for (const name of [...this.changed, ...this.changedEndpoints]) this.settle(name, upserts, removes);
    const answers = this.takeAnswers();
    const isOwed = this.owesPush || upserts.length + removes.length + answers.length > 0;
    this.changed.clear();
    this.changedEndpoints.clear();
    this.owesPush = false;
    this.isIndexBehind = false;
    if (isOwed) return this.launch({ upserts, removes, answers }, this.around.catalog.sequence);
    this.completeSequence = this.around.catalog.sequence;
    return undefined;
  }

  /** The next push of endpoints alone; everything else waits for its time. */
  takeEndpoints(): Push<Entry> | undefined {
    const upserts: Entry[] = [];
    const removes: ResourceName[] = [];
    for (const name of this.changedEndpoints) this.settle(name, upserts, removes);
    this.changedEndpoints.clear();
    return upserts.length + removes.length === 0 ? undefined : this.launch({ upserts, removes, answers: [] }, undefined);
  }

  /** Takes the answer to the push under way; false = it is the answer to no such push. */
  acknowledge({ nonce, rejections }: Ack, nowMs: number): boolean {
    if (this.inFlight?.nonce !== nonce) return false;
    if (this.inFlight.sequence !== undefined) this.completeSequence = this.inFlight.sequence;
    this.inFlight = undefined;
    const before = new Map(this.refusals);
    this.refusals.clear();
    for (const { resource, version, reason } of rejections) {
      // What nobody sent is nobody's to refuse, and a proxy must not fill our memory with names.
      if (this.around.catalog.get(resource) === undefined) continue;
      const known = before.get(resource);
      const sinceMs = known?.version === version ? known.sinceMs : nowMs;
      this.refusals.set(resource, { version, reason, sinceMs });
    }
    return true;
  }

  private launch(content: Pick<Push<Entry>, 'answers' | 'removes' | 'upserts'>, sequence: number | undefined): Push<Entry> {
    const nonce = ++this.nonce;
    const names = new Set([...content.upserts.map(({ name }) => name), ...content.removes]);
    this.inFlight = { nonce, names, sequence };
    return { nonce, revision: this.around.revision(), ...content, checksum: addChecksums(this.checksum, this.index.checksum) };
  }

  private settle(name: ResourceName, upserts: Entry[], removes: ResourceName[]): void {
    const entry = this.around.catalog.get(name);
    const isIndexed = entry !== undefined && this.index.has(entry.kind);
    const wanted = !isIndexed && this.around.roots.isReached(name, this) ? entry : undefined;
    const had = this.sent.get(name);
    if (had === wanted?.version) return;
    if (wanted === undefined) {
      this.forgetSent(name);
      if (!isIndexed) removes.push(name);
    } else {
      this.noteSent(name, wanted.version);
      upserts.push(wanted);
    }
  }

  private noteSent(name: ResourceName, version: ResourceVersion): void {
    this.forgetSent(name);
    this.sent.set(name, version);
    this.checksum = addChecksums(this.checksum, checksumOf(name, version));
  }

  private forgetSent(name: ResourceName): void {
    const had = this.sent.get(name);
    if (had === undefined) return;
    this.sent.delete(name);
    this.checksum = subtractChecksums(this.checksum, checksumOf(name, had));
  }

  private takeAnswers(): readonly RootAnswer[] {
    const answers = [...this.unanswered].map((root): RootAnswer => {
      const state = this.roots.get(root);
      if (this.indexRoots.has(root)) return { root, outcome: 'present' };
      if (state === undefined) return { root, outcome: 'notPermitted' };
      return { root, outcome: state.isMissing ? 'doesNotExist' : 'present' };
    });
    this.unanswered.clear();
    return answers;
  }

  /** Up to the update before the present one it had everything. */
  private leaveIdle(): void {
    if (this.isIdle) this.completeSequence = Math.max(this.completeSequence, this.around.catalog.sequence - 1);
  }
}
