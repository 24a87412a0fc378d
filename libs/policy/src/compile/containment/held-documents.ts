// SPDX-License-Identifier: Apache-2.0
import { faultWords } from '@weir/base';
import type { Clock, Problem } from '@weir/base';
import { standInFor } from '../../documents/index.ts';
import type { Document } from '../../documents/index.ts';
import { problemFromIssue } from '../problems/problem-from-issue.ts';
import type { Culprit } from './find-culprits.ts';

interface Held {
  readonly refused: Document | undefined;
  /** Undefined = none. */
  readonly instead: Document | undefined;
  readonly problem: Problem;
}

/** What made it fail may be another document, which has been changed since. Long, as a search takes several whole compilations. */
const RETRY_MS = 600_000;

/** Documents that make Weir fail as they are, and what is compiled in their place. */
export class HeldDocuments {
  private readonly byKey = new Map<string, Held>();
  private readonly clock: Pick<Clock, 'wallMs'>;
  private heldSinceMs = 0;
  private haveOthersChanged = false;

  constructor(clock: Pick<Clock, 'wallMs'>) {
    this.clock = clock;
  }

  get problems(): readonly Problem[] {
    return [...this.byKey.values()].map(({ problem }) => problem);
  }

  /** `former`: what was compiled of it before. */
  hold({ key, document, reason }: Culprit, former: Document | undefined): void {
    // What stood for a former one may guard something else than what this one is to guard.
    const sound = former?.unread === undefined ? former : undefined;
    const instead = sound ?? (document && standIn(document)) ?? former;
    const shown = document ?? former;
    if (shown === undefined) return;
    this.byKey.set(key, { refused: document, instead, problem: problemOf(shown, { reason, instead }) });
    this.heldSinceMs = this.clock.wallMs();
    this.haveOthersChanged = false;
  }

  /** Something else than the documents that are held is different now. */
  othersChanged(): void {
    this.haveOthersChanged = true;
  }

  /** The same documents with what is compiled instead. One that is another than the one that failed is tried again. */
  replacedIn(documents: ReadonlyMap<string, Document>): ReadonlyMap<string, Document> {
    this.release(documents);
    if (this.byKey.size === 0) return documents;
    const replaced = new Map(documents);
    for (const [key, { instead }] of this.byKey) {
      if (instead === undefined) replaced.delete(key);
      else replaced.set(key, instead);
    }
    return replaced;
  }

  private release(documents: ReadonlyMap<string, Document>): void {
    const isDue = this.haveOthersChanged && this.clock.wallMs() - this.heldSinceMs >= RETRY_MS;
    for (const [key, { refused }] of this.byKey) if (isDue || documents.get(key) !== refused) this.byKey.delete(key);
  }
}

/** What it guards stays closed. */
function standIn(document: Document): Document | undefined {
  const { namespace, name, generation, createdMs } = document;
  const age = createdMs === 0 ? {} : { creationTimestamp: new Date(createdMs).toISOString() };
  return standInFor({
    value: { ...document, metadata: { namespace, name, generation, ...age } },
    place: document.source,
    problems: [{ severity: 'error', code: CODE, message: 'Weir failed on it' }],
  });
}

const CODE = 'not-compiled';

function problemOf(
  document: Document,
  { reason, instead }: { readonly reason: unknown; readonly instead: Document | undefined },
): Problem {
  return problemFromIssue({
    document,
    severity: 'error',
    code: CODE,
    path: '',
    message: `makes Weir fail (${placeWords(reason)}), and ${outcomeOf(instead)}`,
    hint: 'this is a fault of Weir: please report it with the object; once the object is changed it is tried again',
  });
}

function outcomeOf(instead: Document | undefined): string {
  if (instead === undefined) return 'is left out';
  return instead.unread === undefined ? 'stays as it was before' : 'what it guards is refused';
}

/** What was thrown, and where. */
function placeWords(reason: unknown): string {
  const [what = '', where] = faultWords(reason).split(/\n\s*/);
  return where === undefined ? what : `${what} ${where}`;
}
