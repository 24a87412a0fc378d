// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import { ApiError } from '../api/cluster-api.ts';
import { MANAGED_BY_LABEL, MANAGED_BY_WEIR } from '../gateways/gateway-labels.ts';
import { ROOTS_CONFIG_MAP } from '../gateways/gateway-pod.ts';
import { CONFIG_MAPS } from '../write/builtin-resources.ts';
import type { ObjectPlace, ObjectWriter } from '../write/object-writer.ts';
import { Retries } from '../write/retries.ts';
import { Rounds } from '../write/rounds.ts';

export interface RootsKeeperOptions {
  readonly source: RootsSource;
  readonly writer: Pick<ObjectWriter, 'apply' | 'remove'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onNote: (text: string) => void;
}

export interface RootsSource {
  /** What all peers are to trust now, PEM. */
  readonly rootsPem: () => string;
  /** Namespaces whose pods need it. */
  readonly namespaces: () => ReadonlySet<string>;
  /** What a namespace has: undefined = no such ConfigMap; '' = one of Weir's without roots. */
  readonly found: () => ReadonlyMap<string, FoundRoots>;
}

export interface FoundRoots {
  readonly rootsPem: string | undefined;
  /** Weir has made it. */
  readonly isOurs: boolean;
}

const KEY = 'roots.pem';
/** What was written is found in the documents within that. */
const FOUND_MS = 5000;

/**
 * Keeps the roots of the mesh where pods need them, while this replica leads: in ConfigMap `weir-roots` of their namespace. Takes it away where
 * nobody needs it any more.
 */
export class RootsKeeper {
  private readonly options: RootsKeeperOptions;
  private readonly retries: Retries<string | undefined>;
  /** What was applied, until it is found. */
  private readonly written = new Map<string, { readonly rootsPem: string; readonly atMs: number }>();
  private readonly rounds: Rounds;

  constructor(options: RootsKeeperOptions) {
    this.options = options;
    this.rounds = new Rounds({ clock: options.clock, round: signal => this.work(signal) });
    this.retries = new Retries(options, () => this.rounds.schedule(0));
  }

  /** This replica leads until `signal` aborts. */
  lead(signal: AbortSignal): void {
    this.written.clear();
    this.retries.clear();
    this.rounds.begin(signal);
  }

  /** Says that namespaces or roots may be others. */
  touch(): void {
    this.rounds.schedule();
  }

  private async work(signal: AbortSignal): Promise<void> {
    const { rootsPem, namespaces, found } = this.options.source;
    const [wanted, there] = [namespaces(), found()];
    for (const namespace of wanted) {
      if (this.hasRoots(namespace, there.get(namespace), rootsPem())) continue;
      await this.attempt(namespace, rootsPem(), signal);
    }
    for (const [namespace, { isOurs }] of there) {
      if (isOurs && !wanted.has(namespace)) await this.attempt(namespace, undefined, signal);
    }
  }

  private hasRoots(namespace: string, found: FoundRoots | undefined, rootsPem: string): boolean {
    if (found?.rootsPem === rootsPem) return true;
    const written = this.written.get(namespace);
    return written?.rootsPem === rootsPem && this.options.clock.nowMs() < written.atMs + FOUND_MS;
  }

  /** `rootsPem` undefined = it is to go. */
  private async attempt(namespace: string, rootsPem: string | undefined, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.retries.isWaiting(namespace, rootsPem)) return;
    const place: ObjectPlace = { resource: CONFIG_MAPS, namespace, name: ROOTS_CONFIG_MAP };
    try {
      if (rootsPem === undefined) await this.options.writer.remove(place, signal);
      else await this.apply(place, rootsPem, signal);
      this.retries.forget(namespace);
    } catch (reason) {
      this.retries.fail(namespace, rootsPem);
      // Nobody is made there any more who would need them.
      if (reason instanceof ApiError && reason.isInEndingNamespace) return;
      const words = reasonWords(reason);
      this.options.onNote(`ConfigMap ${namespace}/${ROOTS_CONFIG_MAP} cannot be written, and is tried again: ${words}`);
    }
  }

  private async apply(place: ObjectPlace, rootsPem: string, signal: AbortSignal): Promise<void> {
    const { namespace, name } = place;
    const metadata = { namespace, name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY_WEIR } };
    await this.options.writer.apply(place, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [KEY]: rootsPem } }, signal);
    this.written.set(namespace, { rootsPem, atMs: this.options.clock.nowMs() });
  }
}
