// SPDX-License-Identifier: Apache-2.0
import type { Document } from '@weir/policy/documents';
import type { Status } from '@weir/policy/compile';
import type { Transaction } from '@weir/policy/snapshot';
import type { AckBook, Programmed } from '@weir/sync/server';
import type { LoadedDocuments } from '../control-plane-options.ts';
import { ObjectIndex } from './object-index.ts';
import { objectReport } from './object-report.ts';
import type { ObjectReport } from './object-report.ts';
import type { ObjectKey } from './objects-of.ts';
import { statusWithProgrammed } from './status-with-programmed.ts';

/** Kinds whose statuses say whether proxies have them. */
const PROGRAMMED_KINDS: ReadonlySet<string> = new Set([
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  ...['AccessPolicy', 'TrafficPolicy', 'BackendTLSPolicy'],
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

export interface ObjectBookParts {
  readonly acks: AckBook;
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
  private editions: ReadonlyMap<ObjectKey, Edition> = new Map<ObjectKey, Edition>();

  constructor(parts: ObjectBookParts) {
    this.parts = parts;
  }

  /** Notes documents and what they came to; call it once that is with the stream, as who needs it then is who is waited for. */
  update({ documents }: Pick<LoadedDocuments, 'documents'>, transaction: Transaction): void {
    this.index.apply(transaction);
    const before = this.editions;
    this.editions = new Map([...documents].map(([key, document]) => [key, editionOf(document, before.get(key))]));
    for (const [key, edition] of this.editions) if (edition !== before.get(key)) this.programmed(key, edition);
    for (const key of before.keys()) if (!this.editions.has(key)) this.forget(key);
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
    this.parts.acks.forget(key);
    this.turns.delete(key);
    this.settled.delete(key);
  }

  private turnOf(key: ObjectKey, { status }: Programmed): number {
    const isProgrammed = status === 'true';
    const known = this.turns.get(key);
    if (known?.isProgrammed === isProgrammed) return known.atMs;
    const atMs = this.parts.nowMs();
    this.turns.set(key, { isProgrammed, atMs });
    return atMs;
  }

  private programmed(key: ObjectKey, { document, count }: Edition): Programmed | undefined {
    if (!PROGRAMMED_KINDS.has(document.kind)) return undefined;
    return this.parts.acks.programmed({ key, generation: count, names: this.index.namesOf(key) });
  }
}

function editionOf(document: Document, before: Edition | undefined): Edition {
  if (before?.document === document) return before;
  if (before?.document.hash === document.hash) return { document, count: before.count };
  return { document, count: (before?.count ?? 0) + 1 };
}
