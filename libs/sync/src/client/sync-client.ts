// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock, Random, Timer } from '@weir/base';
import type { SplitReport, Transaction } from '@weir/policy/snapshot';
import type { StreamEnd } from '../messages/protocol.ts';
import type { Root } from '../messages/root.ts';
import type { AcceptedFile } from './accepted-file.ts';
import { ClientCore } from './client-core.ts';
import type { Accepted, ClientState, Connect } from './client-core.ts';
import { defaultClientSettings } from './client-settings.ts';
import type { ClientSettings } from './client-settings.ts';
import type { Rejection } from './holdings.ts';
import type { Need } from './interests.ts';

/**
 * What runs configurations. Transactions come with `isWhole`: one runs whole, and then there are no rejections; or nothing of it runs, and
 * each rejection names a resource of it that is why. The client then tries again without these and what belongs to them. Never called before it has resolved.
 */
export interface Configuration {
  apply(transaction: Transaction): Promise<readonly Rejection[]>;
}

export interface SyncClientOptions {
  /** Unique among the proxies of one identity; the same after a restart. */
  readonly proxy: string;
  /** Subscribed to as long as the proxy lives; indexes can only be here. */
  readonly roots: readonly Root[];
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: Connect;
  readonly configuration: Configuration;
  /** Where what was accepted is kept; undefined = nowhere, and a restart needs the control plane. */
  readonly file: Pick<AcceptedFile, 'load' | 'save'> | undefined;
  readonly settings?: Partial<ClientSettings>;
  /** A stream ended; the client tries again by itself. */
  readonly onEnd?: (end: StreamEnd) => void;
  /** Something failed that does not stop the proxy: what was kept cannot be read or written. */
  readonly onProblem?: (problem: Error) => void;
}

/** The proxy's end of its stream. */
export class SyncClient {
  private readonly core: ClientCore;
  private readonly options: SyncClientOptions;
  private readonly settings: ClientSettings;
  /** Resolves when something runs: what was kept, or what a control plane sent first. */
  readonly ready: Promise<void>;
  /** Resolves when what a control plane has sent to this process runs. */
  readonly current: Promise<void>;
  private readonly becomeReady: () => void;
  private saving: Timer | undefined;
  private isSaving = false;
  private isStale = false;
  private isClosed = false;

  constructor(options: SyncClientOptions) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const current = Promise.withResolvers<undefined>();
    this.ready = promise;
    this.current = current.promise;
    this.becomeReady = () => resolve(undefined);
    this.options = options;
    this.settings = { ...defaultClientSettings, ...options.settings };
    this.core = new ClientCore({
      ...options,
      settings: this.settings,
      apply: (transaction, done) => void this.apply(transaction).then(done),
      onAccepted: () => {
        this.becomeReady();
        current.resolve(undefined);
        this.saveSoon();
      },
      onEnd: end => options.onEnd?.(end),
    });
  }

  /** Runs what was kept, if anything was, and connects. Resolves when what was kept runs; it does not wait for the control plane. */
  async start(): Promise<void> {
    const accepted = await this.load();
    await new Promise<void>(resolve => {
      this.core.start(accepted, resolve);
    });
    if (this.core.state !== 'empty') this.becomeReady();
  }

  /** Whether something runs, and whether a control plane has said in this process that it was up to date. */
  get state(): ClientState {
    return this.core.state;
  }

  get isConnected(): boolean {
    return this.core.isConnected;
  }

  /**
   * Has a root and all that it leads to, at once where it runs already. Never rejects: what comes of it says whether it is there. Each
   * call counts as a use.
   */
  need(root: Root, deadlineMs: number): Promise<Need> {
    return new Promise(resolve => {
      this.core.need(root, deadlineMs, resolve);
    });
  }

  /** Tells what was seen of the revisions behind splits; false = nobody can be told now, and it is lost. */
  reportSplits(report: SplitReport): boolean {
    return this.core.reportSplits(report);
  }

  /** Ends the stream and keeps what was accepted. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.core.close();
    this.saving?.cancel();
    if (this.isStale && !this.isSaving) await this.save();
  }

  private async apply(transaction: Transaction): Promise<readonly Rejection[]> {
    try {
      return await this.options.configuration.apply(transaction);
    } catch (reason) {
      const text = reasonWords(reason);
      return [{ resource: transaction.upserts[0]?.name ?? '', reason: text }];
    }
  }

  private async load(): Promise<Accepted | undefined> {
    try {
      return await this.options.file?.load();
    } catch (reason) {
      this.report(reason);
      return undefined;
    }
  }

  private saveSoon(): void {
    if (this.options.file === undefined) return;
    this.isStale = true;
    if (this.saving !== undefined || this.isSaving || this.isClosed) return;
    this.saving = this.options.clock.after(this.settings.saveMs, () => {
      this.saving = undefined;
      void this.save();
    });
  }

  private async save(): Promise<void> {
    this.isSaving = true;
    this.isStale = false;
    try {
      await this.options.file?.save(this.core.accepted());
    } catch (reason) {
      this.report(reason);
    }
    this.isSaving = false;
    if (this.hasMoreToSave()) this.saveSoon();
  }

  private hasMoreToSave(): boolean {
    return this.isStale;
  }

  private report(reason: unknown): void {
    this.options.onProblem?.(reason instanceof Error ? reason : new Error(String(reason)));
  }
}
