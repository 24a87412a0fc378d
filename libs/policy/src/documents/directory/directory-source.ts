// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { reasonWords } from '@weir/base';
import type { Clock, Problem, Timer } from '@weir/base';
import { watch } from 'chokidar';
import type { FSWatcher } from 'chokidar';
import { DirectoryError } from './directory-error.ts';
import { isDocumentFile, isHiddenPath } from './document-file-name.ts';
import { DocumentSet } from './document-set.ts';
import { listFiles } from './list-files.ts';
import { contentOf } from './read-directory.ts';
import type { DirectoryContent } from './read-directory.ts';
import { readFiles } from './read-file.ts';
import type { FileReading } from './read-file.ts';

export interface DirectorySourceOptions {
  readonly clock: Clock;
  /** Called with the whole content whenever documents or problems became different. */
  onChange(content: DirectoryContent): unknown;
}

/** A directory of documents that is watched. */
export interface DirectorySource {
  /** As it is now. */
  readonly content: DirectoryContent;
  /** Stops watching; `onChange` is not called any more. */
  close(): Promise<void>;
}

/** A save is often several events; those of one burst are taken together. */
const BURST_MS = 5;
/** Editors and copying programs empty or remove a file before they write it anew: that alone must not take a route away. */
const SETTLE_MS = 60;

/**
 * Reads a directory and goes on watching it. Only files that change are read again. A file that comes to have an error keeps the
 * documents that it gave before; all its problems are reported.
 *
 * @throws {DirectoryError} when the directory is missing, is none, or may not be read.
 */
export async function createDirectorySource(directory: string, options: DirectorySourceOptions): Promise<DirectorySource> {
  await assertDirectory(directory);
  const source = new WatchedDirectory(directory, options);
  try {
    await source.begin();
  } catch (error) {
    await source.close();
    throw error;
  }
  return source;
}

class WatchedDirectory implements DirectorySource {
  private readonly directory: string;
  private readonly root: string;
  private readonly options: DirectorySourceOptions;
  private readonly watcher: FSWatcher;
  private readonly set = new DocumentSet();
  /** Paths, relative to the directory, that are to be read again. */
  private dirty = new Set<string>();
  /** Paths that were found empty or gone, and are believed the next time. */
  private doubtful = new Set<string>();
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  private isClosed = false;
  /** Problems of the directory itself: folders that cannot be entered, watching that fails. */
  private ownProblems: readonly Problem[] = [];
  private current: DirectoryContent | undefined;

  constructor(directory: string, options: DirectorySourceOptions) {
    this.directory = directory;
    this.root = resolve(directory);
    this.options = options;
    // chokidar would hold back removals and saves by renaming for its own window: bursts are settled here.
    this.watcher = watch(this.root, {
      atomic: false,
      ignoreInitial: true,
      ignored: (path, stats) => this.isIgnored(path, stats?.isFile()),
    });
  }

  get content(): DirectoryContent {
    if (this.current === undefined) throw new Error('the directory was not read yet');
    return this.current;
  }

  /** Watches first and reads then: what changes in between is read again. */
  async begin(): Promise<void> {
    this.watcher.on('all', (event, path) => {
      if (event === 'add' || event === 'change' || event === 'unlink') this.touch(relative(this.root, path));
    });
    this.watcher.on('error', error => this.complain(error));
    await new Promise<void>(done => {
      this.watcher.once('ready', done);
    });
    const { paths, problems } = await listFiles(this.directory);
    const change = this.set.load(await readFiles(this.directory, paths));
    this.ownProblems = [...problems, ...this.ownProblems];
    this.current = contentOf(this.set, { ...change, problems: this.ownProblems });
    if (this.dirty.size > 0) this.schedule(BURST_MS);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.timer?.cancel();
    await this.watcher.close();
    await this.running;
  }

  private isIgnored(path: string, isFile: boolean | undefined): boolean {
    const below = relative(this.root, path);
    return isHiddenPath(below) || (isFile === true && !isDocumentFile(below));
  }

  private touch(path: string): void {
    if (!isDocumentFile(path)) return;
    this.dirty.add(path);
    if (this.current !== undefined) this.schedule(BURST_MS);
  }

  private schedule(delayMs: number): void {
    if (this.isClosed || this.timer !== undefined || this.running !== undefined) return;
    this.timer = this.options.clock.after(delayMs, () => {
      this.timer = undefined;
      this.running = this.refresh().finally(() => {
        this.running = undefined;
        if (this.dirty.size > 0) this.schedule(this.doubtful.size > 0 ? SETTLE_MS : BURST_MS);
      });
    });
  }

  private async refresh(): Promise<void> {
    const paths = [...this.dirty].sort();
    this.dirty = new Set();
    const readings = await readFiles(this.directory, paths);
    const doubtful = readings.filter(reading => this.isDoubtful(reading)).map(({ path }) => path);
    const isFirstDoubt = doubtful.some(path => !this.doubtful.has(path));
    this.doubtful = new Set(isFirstDoubt ? doubtful : []);
    if (isFirstDoubt) {
      // The whole burst waits: a file that was renamed is one change, not a removal and an addition.
      for (const path of paths) this.dirty.add(path);
      return;
    }
    if (doubtful.length > 0 && (await this.isDirectoryGone())) return;
    this.publish(readings);
  }

  /** Nothing is written where documents were. */
  private isDoubtful({ path, parsed }: FileReading): boolean {
    const isEmpty = parsed === undefined || parsed.documents.length + parsed.problems.length + parsed.ignoredCount === 0;
    return isEmpty && this.set.countOf(path) > 0;
  }

  private async isDirectoryGone(): Promise<boolean> {
    try {
      await assertDirectory(this.directory);
      return false;
    } catch (error) {
      this.complain(error);
      return true;
    }
  }

  private complain(error: unknown): void {
    const reason = reasonWords(error);
    const problem: Problem = {
      severity: 'warning',
      code: 'watch-failed',
      file: this.directory,
      message: `changes in ${this.directory} may go unseen: ${reason}`,
      hint: 'what was read before stays in effect; mend the cause and start again',
    };
    if (this.ownProblems.some(({ message }) => message === problem.message)) return;
    this.ownProblems = [...this.ownProblems, problem];
    if (this.current !== undefined) this.publish([]);
  }

  private publish(readings: readonly FileReading[]): void {
    if (this.isClosed) return;
    const change = this.set.update(readings);
    const content = contentOf(this.set, { ...change, problems: this.ownProblems });
    const isNew =
      change.changedKeys.length + change.removedKeys.length > 0 ||
      JSON.stringify(content.problems) !== JSON.stringify(this.current?.problems);
    this.current = content;
    if (isNew) this.options.onChange(content);
  }
}

async function assertDirectory(directory: string): Promise<void> {
  try {
    const found = await stat(join(directory, '.'));
    if (found.isDirectory()) return;
  } catch (error) {
    throw DirectoryError.from(directory, error);
  }
  throw DirectoryError.from(directory, Object.assign(new Error('not a directory'), { code: 'ENOTDIR' }));
}
