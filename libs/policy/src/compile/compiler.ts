// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Problem } from '@weir/base';
import { documentKey } from '../documents/index.ts';
import type { Document } from '../documents/index.ts';
import { CompileRun } from './compile-run.ts';
import type { Compilation, CompilerOptions, DocumentChanges } from './compile-run.ts';
import { findCulprits } from './containment/find-culprits.ts';
import { HeldDocuments } from './containment/held-documents.ts';
import { refuseOpening } from './containment/refuse-opening.ts';

export interface Compiler {
  /**
   * Compiles all documents as they are now; a document that is the same object as the last time is taken not to have changed. One that
   * makes Weir fail stays what it was before, or has a stand-in that refuses, and is told among the problems; the others go on.
   */
  update(documents: ReadonlyMap<string, Document>): Compilation;
}

/** After that it is searched again for whom it is about, where none was found or it did not help. */
const STUCK_MS = 60_000;
/** Meanwhile documents are tried so often: each time is a whole compilation, and a cluster may have twenty changes a second. */
const TRY_MS = 5_000;

/**
 * The compiler of one gateway process or control plane: pure but for the clock. No document makes it throw; should one do so all the same,
 * which is a fault of Weir, whose else it is goes on.
 */
export function createCompiler(options: CompilerOptions): Compiler {
  const compiler = new ContainedCompiler(options);
  return { update: documents => compiler.update(documents) };
}

class ContainedCompiler implements Compiler {
  private readonly options: CompilerOptions;
  private readonly held: HeldDocuments;
  private run: CompileRun | undefined;
  /** What the last compilation was made of. */
  private used = new Map<string, Document>();
  private last: Compilation | undefined;
  private stuckSinceMs: number | undefined;
  private triedAtMs = 0;

  constructor(options: CompilerOptions) {
    this.options = options;
    this.held = new HeldDocuments(options.clock);
  }

  update(documents: ReadonlyMap<string, Document>): Compilation {
    const isAnew = this.run === undefined;
    const stuck = this.isWithin(STUCK_MS, this.stuckSinceMs) ? this.last : undefined;
    if (stuck !== undefined && this.isWithin(TRY_MS, this.triedAtMs)) return unchanged(stuck);
    try {
      return this.compile(this.held.replacedIn(documents));
    } catch {
      this.triedAtMs = this.options.clock.wallMs();
      if (!isAnew) return this.beginAnew(documents);
      return stuck === undefined ? this.contain(documents) : unchanged(stuck);
    }
  }

  /** What is remembered may be all that is wrong: then nothing is with the documents. */
  private beginAnew(documents: ReadonlyMap<string, Document>): Compilation {
    this.held.othersChanged();
    return this.update(documents);
  }

  /** Throws whatever Weir fails with. */
  private compile(documents: ReadonlyMap<string, Document>): Compilation {
    const { run = new CompileRun(this.options, this.last?.snapshot), held } = this;
    const isAnew = this.run === undefined;
    // One that throws has seen a part, and cannot be gone on with.
    this.run = undefined;
    const { compilation, changes } = run.update(documents);
    this.run = run;
    this.stuckSinceMs = undefined;
    // To one that begins all documents are new.
    if (!isAnew && changes.upserted.length + changes.removed.length > 0) held.othersChanged();
    if (isAnew) this.used = new Map(documents);
    else follow(this.used, changes);
    const problems = held.problems.length === 0 ? compilation.problems : [...compilation.problems, ...held.problems];
    this.last = withProblems({ ...compilation, documents: this.used }, problems);
    return this.last;
  }

  /** Finds whom it is about, and goes on without. Throws where that does not help, and nothing is known from before. */
  private contain(documents: ReadonlyMap<string, Document>): Compilation {
    const { held, options, used } = this;
    try {
      const culprits = findCulprits({ options, used, wanted: held.replacedIn(documents) });
      if (this.last === undefined) refuseOpening(culprits, documents);
      for (const culprit of culprits) held.hold(culprit, used.get(culprit.key));
      return this.compile(held.replacedIn(documents));
    } catch (reason) {
      if (this.last === undefined) throw reason;
      return this.stay(this.last, reason);
    }
  }

  private stay(last: Compilation, reason: unknown): Compilation {
    this.stuckSinceMs = this.options.clock.wallMs();
    this.triedAtMs = this.stuckSinceMs;
    const problems = last.problems.filter(({ code }) => code !== STUCK);
    this.last = withProblems(unchanged(last), [...problems, stuckProblem(reason)]);
    return this.last;
  }

  private isWithin(durationMs: number, sinceMs: number | undefined): boolean {
    return sinceMs !== undefined && this.options.clock.wallMs() - sinceMs < durationMs;
  }
}

const STUCK = 'nothing-compiled';

function stuckProblem(reason: unknown): Problem {
  return {
    severity: 'error',
    code: STUCK,
    message: `all documents stay as they were before, since Weir fails on how they are now (${reasonWords(reason)})`,
    hint: 'this is a fault of Weir: please report it; undo what was changed last, which is seen at the next change after five seconds',
  };
}

function withProblems(compilation: Compilation, problems: readonly Problem[]): Compilation {
  return Object.freeze({ ...compilation, problems: Object.freeze(problems) });
}

/** The same once more, to which nothing leads. */
function unchanged(compilation: Compilation): Compilation {
  const { version } = compilation.snapshot;
  return Object.freeze({ ...compilation, transaction: Object.freeze({ version, upserts: [], removes: [] }) });
}

function follow(used: Map<string, Document>, { removed, upserted }: DocumentChanges): void {
  for (const document of upserted) used.set(documentKey(document), document);
  for (const document of removed) used.delete(documentKey(document));
}
