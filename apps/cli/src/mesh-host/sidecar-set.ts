// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { RequestedSidecar } from '@weir/policy/compile';
import { ListenError } from '@weir/proxy';
import type { MetricsDump } from '@weir/telemetry';

/** What the set does with a sidecar; see HostedSidecar. */
export interface SetMember {
  isAsWanted(wanted: RequestedSidecar): boolean;
  canBecome(wanted: RequestedSidecar): boolean;
  start(): Promise<void>;
  become(wanted: RequestedSidecar): Promise<void>;
  closeOldPorts(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  metrics(): Promise<readonly MetricsDump[]>;
  status(): unknown;
}

/** How a sidecar that is asked for does. */
export interface SidecarState {
  readonly wanted: RequestedSidecar;
  /** Undefined = it serves. */
  readonly failure: Error | undefined;
}

export interface SidecarSetParts {
  create(wanted: RequestedSidecar): SetMember;
  /** For people: something could not be started, or now could. */
  onNote(text: string): void;
}

/** How long a sidecar that has to be replaced may take to end its connections. */
const REPLACE_PATIENCE_MS = 5_000;

/** The sidecars that run, one for each EndpointSlice that asks for one. */
export class SidecarSet {
  private readonly parts: SidecarSetParts;
  private readonly running = new Map<string, SetMember>();
  private readonly failures = new Map<string, Error>();
  private wanted: ReadonlyMap<string, RequestedSidecar> = new Map();
  /** One thing after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(parts: SidecarSetParts) {
    this.parts = parts;
  }

  get hasFailures(): boolean {
    return this.failures.size > 0;
  }

  get states(): readonly SidecarState[] {
    return [...this.wanted].map(([key, wanted]) => ({ wanted, failure: this.failures.get(key) }));
  }

  /** Starts what is asked for and does not run yet, and changes what is asked for differently; resolves when all serve, or cannot. */
  grow(wanted: ReadonlyMap<string, RequestedSidecar>): Promise<void> {
    this.wanted = new Map(wanted);
    for (const key of this.failures.keys()) if (!wanted.has(key)) this.failures.delete(key);
    return this.queue(() => Promise.all([...this.wanted.values()].map(each => this.ensure(each))));
  }

  /** Tries again what could not be started. */
  retry(): Promise<void> {
    return this.queue(() =>
      Promise.all([...this.wanted.values()].filter(({ key }) => this.failures.has(key)).map(each => this.ensure(each))),
    );
  }

  /** Ends what is not asked for any more: callers know. */
  shrink(deadlineMs: number): Promise<void> {
    return this.queue(async () => {
      const unwanted = [...this.running].filter(([key]) => !this.wanted.has(key));
      for (const [key] of unwanted) this.running.delete(key);
      await Promise.all(unwanted.map(([, sidecar]) => sidecar.stop(deadlineMs)));
      await Promise.all([...this.running.values()].map(sidecar => sidecar.closeOldPorts()));
    });
  }

  /** Ends all at the same time. */
  close(deadlineMs: number): Promise<void> {
    this.wanted = new Map();
    this.failures.clear();
    return this.shrink(deadlineMs);
  }

  async metrics(): Promise<readonly MetricsDump[]> {
    return (await Promise.all([...this.running.values()].map(sidecar => sidecar.metrics()))).flat();
  }

  status(): unknown {
    return this.states.map(({ wanted: { key }, failure }) => ({
      slice: key,
      ...(failure === undefined ? {} : { failure: failure.message }),
      sidecar: this.running.get(key)?.status(),
    }));
  }

  private queue(action: () => Promise<unknown>): Promise<void> {
    this.work = this.work.then(action).then(
      () => undefined,
      (error: unknown) => this.parts.onNote(`the sidecars: ${reasonWords(error)}`),
    );
    return this.work;
  }

  private async ensure(wanted: RequestedSidecar): Promise<void> {
    const { key } = wanted;
    try {
      await this.bringUp(wanted);
      if (this.failures.delete(key)) this.parts.onNote(`the sidecar of ${key} serves now`);
    } catch (reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason));
      const isNews = this.failures.get(key)?.message !== error.message;
      this.failures.set(key, error);
      if (isNews) this.parts.onNote(failureText(key, error));
    }
  }

  private async bringUp(wanted: RequestedSidecar): Promise<void> {
    const { key } = wanted;
    const present = this.running.get(key);
    if (present?.isAsWanted(wanted) === true) return;
    if (present?.canBecome(wanted) === true) {
      await present.become(wanted);
      if (!this.failures.has(key)) this.parts.onNote(`the sidecar of ${key} is now as written; no connection was ended`);
      return;
    }
    this.running.delete(key);
    // First the old one: both may want the same ports.
    await present?.stop(REPLACE_PATIENCE_MS);
    const sidecar = this.parts.create(wanted);
    try {
      await sidecar.start();
    } catch (error) {
      await sidecar.stop(0);
      throw error;
    }
    this.running.set(key, sidecar);
  }
}

function failureText(key: string, error: Error): string {
  const hint = error instanceof ListenError ? `\n    ${error.hint}` : '';
  return `the sidecar of ${key}: ${error.message}; tried again every two seconds${hint}`;
}
