// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { RolloutGround, RolloutsBeside } from '@weir/gateway';
import type { Document } from '@weir/policy/documents';
import type { SplitReport } from '@weir/policy/snapshot';
import type { RolloutHost, RolloutHostOptions } from './rollout-host.ts';
import { rolloutRoutes } from './rollout-routes.ts';

type Documents = ReadonlyMap<string, Document>;
type OpenHost = (options: RolloutHostOptions) => Promise<RolloutHost>;

/** Rollouts of one process from the moment on that there are some among the documents: until then nothing of it is loaded. */
export class LazyRolloutHost implements RolloutsBeside {
  readonly routes = rolloutRoutes(() => ({ desk: this.host?.desk, failure: this.failure }));
  private readonly options: RolloutHostOptions;
  private readonly openHost: OpenHost;
  private opening: Promise<void> | undefined;
  private isOpen = false;
  private host: RolloutHost | undefined;
  /** Why Rollouts are not driven; undefined = nothing is in the way. */
  private failure: string | undefined;

  /** `openHost`: for tests. */
  constructor(options: RolloutHostOptions, openHost: OpenHost = openLoaded) {
    this.options = options;
    this.openHost = openHost;
  }

  /** Never rejects: a note says what is in the way, and then stable serves. */
  open(documents: Documents): Promise<void> | undefined {
    if (this.isOpen || (this.opening === undefined && !hasRollout(documents))) return undefined;
    this.opening ??= this.load();
    return this.opening;
  }

  withSplits(documents: Documents): Documents {
    try {
      return this.host?.desk.withSplits(documents) ?? documents;
    } catch (reason) {
      this.options.onNote(`Rollouts: ${reasonWords(reason)}`);
      return documents;
    }
  }

  drive(ground: RolloutGround): void {
    this.host?.drive(ground);
  }

  /** What a sidecar saw, `IDENTITY/PROXY`. */
  report(proxy: string, report: SplitReport): void {
    this.host?.desk.report(proxy, report);
  }

  /** See RolloutHost. */
  async close(): Promise<void> {
    await this.opening;
    await this.host?.close();
  }

  private async load(): Promise<void> {
    try {
      this.host = await this.openHost(this.options);
    } catch (reason) {
      this.failure = failureWords(reason);
      this.options.onNote(`Rollouts are not driven until a restart, and their stable revisions serve: ${this.failure}`);
    }
    this.isOpen = true;
  }
}

async function openLoaded(options: RolloutHostOptions): Promise<RolloutHost> {
  const { RolloutHost: Host } = await import('./rollout-host.ts');
  return Host.open(options);
}

function hasRollout(documents: Documents): boolean {
  for (const { kind } of documents.values()) if (kind === 'Rollout') return true;
  return false;
}

/** With what to do about it, where the error says so. */
function failureWords(reason: unknown): string {
  const hint: unknown = reason instanceof Error && 'hint' in reason ? reason.hint : undefined;
  return typeof hint === 'string' ? `${reasonWords(reason)}; ${hint}` : reasonWords(reason);
}
