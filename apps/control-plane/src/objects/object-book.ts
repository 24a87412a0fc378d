// SPDX-License-Identifier: Apache-2.0
import type { Document } from '@weir/policy/documents';
import type { Compilation, Status } from '@weir/policy/compile';
import type { Transaction } from '@weir/policy/snapshot';
import { mergeDigests } from '@weir/sync/server';
import type { AckBook, AckDigest, Programmed, ProgrammedObject } from '@weir/sync/server';
import type { AcksElsewhere, HeardAcks } from './acks-elsewhere.ts';
import { ObjectIndex } from './object-index.ts';
import { objectReport } from './object-report.ts';
import type { ObjectReport } from './object-report.ts';
import type { ObjectKey } from './objects-of.ts';
import { programmedFrom, statusWithProgrammed } from './status-with-programmed.ts';
import { TurnList } from './turn-list.ts';

/** Kinds whose statuses say whether proxies have them. */
const PROGRAMMED_KINDS: ReadonlySet<string> = new Set([
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  ...['AccessPolicy', 'TrafficPolicy', 'BackendTLSPolicy', 'Rollout'],
]);

interface Edition {
  readonly document: Document;
  /** Counts what the object said, from 1: files have no generations of their own. */
  readonly count: number;
}

interface SettledStatus {
  readonly status: Status;
  readonly edition: Edition;
  /** With `weir.dev/Programmed`. */
  readonly whole: Status;
}

/** A condition `weir.dev/Programmed` that is `True`, as a status had it before. */
export interface SaidProgrammed {
  readonly generation: number;
  readonly message: string;
}

/** Who has what divides the calls of a Service. */
export interface ProgrammedSplit {
  readonly step: string;
  readonly programmed: Programmed;
}

/** An object as others know it. */
interface SaidObject {
  readonly key: ObjectKey;
  readonly edition: string;
}

interface Arrival {
  /** Of the edition that all proxies have. */
  readonly count: number;
  readonly programmed: Programmed;
}

export interface ObjectBookParts {
  readonly acks: Pick<AckBook, 'digestOf' | 'forget' | 'programmed' | 'statusOf'>;
  /** What proxies of other replicas have. */
  readonly elsewhere: AcksElsewhere;
  readonly statuses: () => ReadonlyMap<string, Status>;
  readonly nowMs: () => number;
}

/** Every object with what it became and who has that. */
export class ObjectBook {
  private readonly parts: ObjectBookParts;
  private readonly index = new ObjectIndex();
  /** Since when each object is, or is not, programmed, as far as anybody looked. */
  private readonly turns = new Map<ObjectKey, { readonly isProgrammed: boolean; readonly atMs: number }>();
  /** Once all proxies have an edition, that does not change again: of thousands of objects only those are looked at that are on their way. */
  private readonly settled = new Map<ObjectKey, SettledStatus>();
  /** What was once programmed everywhere stays so, whichever replicas come and go. */
  private readonly arrived = new Map<ObjectKey, Arrival>();
  private readonly unsettled = new TurnList<ObjectKey>();
  /** Arrived since somebody asked for the unsettled ones: whoever writes statuses has to hear of it. */
  private readonly news = new Set<ObjectKey>();
  private readonly editions = new Map<ObjectKey, Edition>();

  constructor(parts: ObjectBookParts) {
    this.parts = parts;
  }

  /** Notes documents, as they were compiled, and what they came to; call it once that is with the stream, as who needs it then is who is waited for. */
  update({ documents }: Pick<Compilation, 'documents'>, transaction: Transaction): void {
    this.index.apply(transaction);
    for (const [key, document] of documents) {
      const known = this.editions.get(key);
      // Of thousands of documents, few are others.
      if (known?.document === document) continue;
      const edition = editionOf(document, known);
      this.editions.set(key, edition);
      this.renew(key, edition);
    }
    if (this.editions.size === documents.size) return;
    for (const key of this.editions.keys()) if (!documents.has(key)) this.forget(key);
  }

  /** The objects that people wrote, `kind` only if given. */
  keys(kind?: string): readonly ObjectKey[] {
    const keys = [...this.editions.keys()];
    return kind === undefined ? keys : keys.filter(key => key.startsWith(`${kind}/`));
  }

  /** Undefined = there is no such object. */
  report(key: ObjectKey): ObjectReport | undefined {
    const edition = this.editions.get(key);
    if (edition === undefined) return undefined;
    const { acks } = this.parts;
    const names = this.index.namesOf(key);
    const programmed = this.programmed(key, edition);
    const resources = names.map(name => ({ name, status: acks.statusOf(name) }));
    return objectReport({ ...edition, resources, programmed, status: this.status(key) });
  }

  /** What divides a Service's calls by the documents of a Rollout, `namespace/name`, and who has that; undefined = nothing does. */
  programmedSplit(rollout: string): ProgrammedSplit | undefined {
    const key = `Rollout/${rollout}`;
    const edition = this.editions.get(key);
    const step = edition?.document.kind === 'Rollout' ? edition.document.status?.split?.step : undefined;
    const programmed = edition && this.programmed(key, edition);
    return step === undefined || programmed === undefined ? undefined : { step, programmed };
  }

  /** Proxies connected here that have what the documents of a Rollout, `namespace/name`, have. */
  havingSplit(rollout: string): readonly string[] {
    const key = `Rollout/${rollout}`;
    const edition = this.editions.get(key);
    return edition === undefined ? [] : this.parts.acks.digestOf(this.objectOf(key, edition)).acked;
  }

  /** Some of the objects that not all proxies have, each in turn, new ones first; and those that all have since this was last asked. */
  takeUnsettled(count: number): readonly ObjectKey[] {
    const arrived = [...this.news];
    this.news.clear();
    return [...arrived, ...this.unsettled.take(count)];
  }

  /**
   * Notes which of these all proxies have by now. Every replica has to, whether or not it writes statuses: once one comes to lead, others may
   * be gone that it would have had to ask.
   */
  settle(keys: readonly ObjectKey[]): void {
    for (const key of keys) {
      const edition = this.editions.get(key);
      if (edition !== undefined && this.unsettled.has(key)) this.programmed(key, edition);
    }
  }

  /** Notes that a process before this one said that all proxies have an object; of the edition that this one began with. */
  recall(key: ObjectKey, { generation, message }: SaidProgrammed): void {
    const edition = this.editions.get(key);
    // What changed since this process began, may have kept its generation.
    if (edition?.count !== 1 || edition.document.generation !== generation || !this.unsettled.has(key)) return;
    this.arrive(key, { count: 1, programmed: programmedFrom(message) });
  }

  /** Whether there are such as were not taken yet. */
  get hasFresh(): boolean {
    return this.unsettled.hasFresh;
  }

  /** Of those among them that not all proxies have. */
  editionsOf(keys: readonly ObjectKey[]): readonly SaidObject[] {
    return keys.flatMap(key => {
      const edition = this.editions.get(key);
      return edition === undefined || !this.unsettled.has(key) ? [] : [{ key, edition: edition.document.hash }];
    });
  }

  /** What proxies have that are connected here; undefined = the object is another one here, or none. */
  digestOf({ key, edition }: SaidObject): AckDigest | undefined {
    const known = this.editions.get(key);
    if (known?.document.hash !== edition || !PROGRAMMED_KINDS.has(known.document.kind)) return undefined;
    return this.parts.acks.digestOf(this.objectOf(key, known));
  }

  /** Whether the other replicas were asked about an object, or need not be: until then nobody knows whether it is programmed. */
  isHeard(key: ObjectKey): boolean {
    const edition = this.editions.get(key);
    return edition === undefined || !this.unsettled.has(key) || this.heardOf(key, edition).isComplete;
  }

  /** As the compiler says it, with `weir.dev/Programmed`; undefined where the kind has none. */
  status(key: ObjectKey): Status | undefined {
    const [status, edition] = [this.parts.statuses().get(key), this.editions.get(key)];
    const settled = this.settled.get(key);
    if (settled !== undefined && settled.status === status && settled.edition === edition) return settled.whole;
    const programmed = edition && this.programmed(key, edition);
    if (status === undefined || edition === undefined || programmed === undefined) return status;
    const { generation } = edition.document;
    const turnedMs = this.turnOf(key, programmed);
    const whole = statusWithProgrammed(status, { programmed, observedGeneration: generation, turnedMs });
    if (programmed.status === 'true') this.settled.set(key, { status, edition, whole });
    return whole;
  }

  private forget(key: ObjectKey): void {
    this.editions.delete(key);
    this.parts.acks.forget(key);
    this.parts.elsewhere.forget(key);
    this.turns.delete(key);
    this.settled.delete(key);
    this.arrived.delete(key);
    this.unsettled.delete(key);
    this.news.delete(key);
  }

  /** Who needs it now is who is waited for. */
  private renew(key: ObjectKey, edition: Edition): void {
    if (!PROGRAMMED_KINDS.has(edition.document.kind) || this.arrived.get(key)?.count === edition.count) return;
    this.parts.acks.programmed(this.objectOf(key, edition));
    this.unsettled.add(key);
  }

  private turnOf(key: ObjectKey, { status }: Programmed): number {
    const isProgrammed = status === 'true';
    const known = this.turns.get(key);
    if (known?.isProgrammed === isProgrammed) return known.atMs;
    const atMs = this.parts.nowMs();
    this.turns.set(key, { isProgrammed, atMs });
    return atMs;
  }

  private programmed(key: ObjectKey, edition: Edition): Programmed | undefined {
    if (!PROGRAMMED_KINDS.has(edition.document.kind)) return undefined;
    const arrival = this.arrived.get(key);
    if (arrival?.count === edition.count) return arrival.programmed;
    const programmed = this.programmedEverywhere(key, edition);
    if (programmed.status === 'true') this.arrive(key, { count: edition.count, programmed });
    return programmed;
  }

  private arrive(key: ObjectKey, arrival: Arrival): void {
    this.arrived.set(key, arrival);
    this.unsettled.delete(key);
    this.news.add(key);
    this.parts.elsewhere.forget(key);
  }

  private programmedEverywhere(key: ObjectKey, edition: Edition): Programmed {
    const { acks } = this.parts;
    const { digests, unheard } = this.heardOf(key, edition);
    const object = this.objectOf(key, edition);
    if (digests.length + unheard.length === 0) return acks.programmed(object);
    return mergeDigests([acks.digestOf(object), ...digests], unheard);
  }

  private heardOf(key: ObjectKey, { document }: Edition): HeardAcks {
    return this.parts.elsewhere.heardOf({ key, edition: document.hash });
  }

  private objectOf(key: ObjectKey, { count }: Edition): ProgrammedObject {
    return { key, generation: count, names: this.index.namesOf(key) };
  }
}

function editionOf(document: Document, before: Edition | undefined): Edition {
  if (before?.document.hash === document.hash) return { document, count: before.count };
  return { document, count: (before?.count ?? 0) + 1 };
}
