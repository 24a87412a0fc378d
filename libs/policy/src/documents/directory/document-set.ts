// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { documentKey } from '../document.ts';
import type { Document, DocumentKey } from '../document.ts';
import { contentHash } from '../parse/content-hash.ts';
import { DocumentPlace } from '../parse/document-place.ts';
import type { ParsedText } from '../parse/parse-documents.ts';
import { heldProblem, isGuard } from './held-documents.ts';
import { duplicateProblem } from './duplicate-problem.ts';
import type { FileReading } from './read-file.ts';

/** Which documents became different. */
export interface DocumentChange {
  readonly changedKeys: readonly DocumentKey[];
  readonly removedKeys: readonly DocumentKey[];
}

interface Claim {
  readonly path: string;
  readonly document: Document;
}

const NOTHING: ParsedText = { documents: [], problems: [], ignoredCount: 0 };

/**
 * The documents of all files together. Where two files write the same object, the one that was there first has it; files that
 * arrive together are taken in the order given.
 */
export class DocumentSet {
  private readonly files = new Map<string, ParsedText>();
  private readonly faultyFiles = new Set<string>();
  private readonly claims = new Map<DocumentKey, readonly Claim[]>();
  private readonly contested = new Set<DocumentKey>();
  private readonly served = new Map<DocumentKey, Document>();
  /** Documents that guard something and are in no file any more, while some file cannot be read whole. */
  private readonly held = new Set<DocumentKey>();
  private ignored = 0;

  get documents(): ReadonlyMap<DocumentKey, Document> {
    return this.served;
  }

  get ignoredCount(): number {
    return this.ignored;
  }

  /** Everything wrong in all files. */
  get problems(): readonly Problem[] {
    const ofFiles = [...this.faultyFiles].flatMap(path => this.files.get(path)?.problems ?? []);
    const duplicates = [...this.contested].flatMap(key => this.duplicatesOf(key));
    const held = [...this.held].flatMap(key => this.served.get(key) ?? []).map(heldProblem);
    return [...ofFiles, ...duplicates, ...held].sort(byPlace);
  }

  /** How many documents a file has given. */
  countOf(path: string): number {
    return this.files.get(path)?.documents.length ?? 0;
  }

  /** The first reading of files: what is right in them counts, also beside what is wrong. */
  load(readings: readonly FileReading[]): DocumentChange {
    return this.take(readings, ({ parsed }) => parsed);
  }

  /** A later reading: a file with an error keeps the documents that it gave before, and only its problems are new. */
  update(readings: readonly FileReading[]): DocumentChange {
    return this.take(readings, ({ path, parsed }) => {
      if (!parsed?.problems.some(({ severity }) => severity === 'error')) return parsed;
      const { documents, ignoredCount } = this.files.get(path) ?? NOTHING;
      return { documents, ignoredCount, problems: parsed.problems };
    });
  }

  private take(readings: readonly FileReading[], accept: (reading: FileReading) => ParsedText | undefined): DocumentChange {
    const touched = new Set<DocumentKey>();
    const accepted = readings.map(reading => ({ path: reading.path, next: accept(reading) }));
    // Files that are gone come first: an object that moved from one file to another is then never there twice.
    for (const { path, next } of accepted) if (next === undefined) this.replace(path, NOTHING, touched);
    for (const { path, next } of accepted) if (next !== undefined) this.replace(path, next, touched);
    for (const { path, next } of accepted) if (next === undefined) this.files.delete(path);
    return this.settle(touched.union(this.held));
  }

  private replace(path: string, next: ParsedText, touched: Set<DocumentKey>): void {
    const previous = this.files.get(path) ?? NOTHING;
    this.files.set(path, next);
    this.ignored += next.ignoredCount - previous.ignoredCount;
    if (next.problems.length > 0) this.faultyFiles.add(path);
    else this.faultyFiles.delete(path);
    if (next.documents === previous.documents) return;
    const claimed = Map.groupBy(next.documents, documentKey);
    for (const key of new Set([...previous.documents.map(documentKey), ...claimed.keys()])) {
      this.claim(key, path, claimed.get(key) ?? []);
      touched.add(key);
    }
  }

  /** A file keeps its turn among those that write the same object. */
  private claim(key: DocumentKey, path: string, documents: readonly Document[]): void {
    const others = this.claims.get(key) ?? [];
    const own = documents.map(document => ({ path, document }));
    const turn = others.findIndex(claim => claim.path === path);
    const kept = others.filter(claim => claim.path !== path);
    const claims = turn === -1 ? [...kept, ...own] : kept.toSpliced(turn, 0, ...own);
    if (claims.length === 0) this.claims.delete(key);
    else this.claims.set(key, claims);
    if (claims.length > 1) this.contested.add(key);
    else this.contested.delete(key);
  }

  private settle(touched: ReadonlySet<DocumentKey>): DocumentChange {
    const changedKeys: DocumentKey[] = [];
    const removedKeys: DocumentKey[] = [];
    const isWhole = !this.hasErrors();
    this.held.clear();
    for (const key of touched) {
      const [winner] = this.claims.get(key) ?? [];
      const before = this.served.get(key);
      if (winner === undefined && before !== undefined && !isWhole && isGuard(before)) {
        this.held.add(key);
      } else if (winner === undefined) {
        if (this.served.delete(key)) removedKeys.push(key);
      } else if (before?.hash === winner.document.hash) {
        follow(before, winner.document);
      } else {
        this.served.set(key, withGeneration(winner.document, before));
        changedKeys.push(key);
      }
    }
    return { changedKeys, removedKeys };
  }

  private hasErrors(): boolean {
    const problems = [...this.faultyFiles].flatMap(path => this.files.get(path)?.problems ?? []);
    return problems.some(({ severity }) => severity === 'error');
  }

  private duplicatesOf(key: DocumentKey): readonly Problem[] {
    const [first, ...others] = this.claims.get(key) ?? [];
    return first === undefined ? [] : others.map(({ document }) => duplicateProblem(document, first.document));
  }
}

/** Where the author states no generation, it is counted as a cluster counts it: from 1, and up when the spec changes. */
function withGeneration(document: Document, before: Document | undefined): Document {
  if (document.generation > 0) return document;
  if (before === undefined) return { ...document, generation: 1 };
  const isSpecEqual = contentHash(specOf(before)) === contentHash(specOf(document));
  return { ...document, generation: before.generation + Number(!isSpecEqual) };
}

function specOf(document: Document): object {
  return ('spec' in document ? document.spec : undefined) ?? {};
}

/** Unchanged documents stay the same objects, and still know where they are written now. */
function follow(document: Document, { source }: Document): void {
  if (document.source === source) return;
  if (document.source instanceof DocumentPlace && source instanceof DocumentPlace) document.source.moveTo(source);
}

function byPlace(left: Problem, right: Problem): number {
  const leftFile = left.file ?? '';
  const rightFile = right.file ?? '';
  if (leftFile !== rightFile) return leftFile < rightFile ? -1 : 1;
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0);
}
