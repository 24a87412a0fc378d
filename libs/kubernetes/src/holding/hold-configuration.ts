// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { ChangingNote, reasonWords } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import { z } from 'zod';
import type { ApiConnection } from '../api/api-connection.ts';
import { ApiError } from '../api/cluster-api.ts';
import { Retries } from '../write/retries.ts';
import { Rounds } from '../write/rounds.ts';
import { HOLD_CONFIGURATION, holdWebhooks } from './hold-webhook.ts';
import type { HoldClientConfig } from './hold-webhook.ts';

export interface HoldConfigurationOptions {
  readonly connection: Pick<ApiConnection, 'ask'>;
  /** `namespace/name` of the Deployments whose new Pods may have to be held back; at little cost. */
  readonly deployments: () => ReadonlySet<string>;
  /** Where API servers ask, and whom they believe now. */
  readonly clientConfig: () => HoldClientConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** Told what is in the way; not the same twice in a row. */
  readonly onNote: (text: string) => void;
}

interface Entries {
  readonly deployments: ReadonlySet<string>;
  readonly webhooks: readonly object[];
}

const PATH = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${HOLD_CONFIGURATION}`;
/** That somebody wrote over it is found after that long; meanwhile new Pods are not held back. */
const AGAIN_MS = 5_000;
/** API servers follow their configurations; until each has heard of one, Pods are made without being asked about. */
const HEARD_MS = 2_000;
const MAX_WORDS_LENGTH = 500;

const configuration = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  webhooks: z.array(z.looseObject({})).nullish(),
});

/**
 * Has API servers ask about new Pods of Deployments that have Rollouts, while this replica leads: keeps the MutatingWebhookConfiguration
 * `weir-rollouts` as the Rollouts need it. Where there is no such configuration, somebody wants no Pod to be held back.
 */
export class HoldConfiguration {
  private readonly options: HoldConfigurationOptions;
  private readonly rounds: Rounds;
  private readonly retries: Retries<readonly object[]>;
  /** What API servers were last found or made to have; undefined = it is to be looked at. */
  private there: readonly object[] | undefined;
  /** By Deployment, since when API servers have been asking. */
  private since: ReadonlyMap<string, number> = new Map<string, number>();
  private isLookDue = true;
  private readonly notes: ChangingNote;

  constructor(options: HoldConfigurationOptions) {
    this.options = options;
    this.notes = new ChangingNote(options.onNote);
    this.rounds = new Rounds({ clock: options.clock, round: signal => this.work(signal) });
    this.retries = new Retries(options, () => this.rounds.schedule(0));
  }

  /** This replica leads until `signal` aborts. */
  lead(signal: AbortSignal): void {
    this.forget();
    this.retries.clear();
    const looks = this.options.clock.every(AGAIN_MS, () => {
      this.isLookDue = true;
      this.rounds.schedule(0);
    });
    signal.addEventListener('abort', () => {
      looks.cancel();
      this.forget();
    });
    this.rounds.begin(signal);
  }

  /** Says that Deployments, or whom API servers are to believe, may be others. */
  touch(): void {
    this.rounds.schedule();
  }

  /** Whether each new Pod of a Deployment is asked about; false where this replica does not lead. */
  isHeld(namespace: string, deployment: string): boolean {
    const sinceMs = this.since.get(`${namespace}/${deployment}`);
    return sinceMs !== undefined && this.options.clock.nowMs() >= sinceMs + HEARD_MS;
  }

  private forget(): void {
    this.there = undefined;
    this.since = new Map();
    this.isLookDue = true;
  }

  private async work(signal: AbortSignal): Promise<void> {
    const deployments = this.options.deployments();
    const webhooks = holdWebhooks(deployments, this.options.clientConfig());
    const isKnown = !this.isLookDue && isDeepStrictEqual(webhooks, this.there);
    if (isKnown || this.retries.isWaiting(HOLD_CONFIGURATION, webhooks)) return;
    try {
      await this.write({ deployments, webhooks }, signal);
      this.retries.forget(HOLD_CONFIGURATION);
    } catch (reason) {
      if (signal.aborted) return;
      this.retries.fail(HOLD_CONFIGURATION, webhooks);
      // An API server answers with all of a condition that it does not take.
      const words = reasonWords(reason).slice(0, MAX_WORDS_LENGTH);
      this.notes.tell(`MutatingWebhookConfiguration ${HOLD_CONFIGURATION} cannot be written, and is tried again: ${words}`);
    }
  }

  private async write({ deployments, webhooks }: Entries, signal: AbortSignal): Promise<void> {
    const found = await this.read(signal);
    signal.throwIfAborted();
    if (found === undefined) {
      this.confirm({ deployments: new Set(), webhooks });
      if (deployments.size > 0) this.notes.tell(MISSING);
      return;
    }
    const before = found.webhooks ?? [];
    // Whoever changed it has kept API servers from asking, nobody knows since when.
    if (!isDeepStrictEqual(before, this.there)) this.since = new Map();
    // Who leaves is not asked about any more before the answer is here.
    this.since = new Map([...this.since].filter(([name]) => deployments.has(name)));
    if (!isDeepStrictEqual(before, webhooks)) await this.patch(found.metadata.resourceVersion, webhooks, signal);
    signal.throwIfAborted();
    this.confirm({ deployments, webhooks });
    this.notes.clear();
  }

  private confirm({ deployments, webhooks }: Entries): void {
    const nowMs = this.options.clock.nowMs();
    this.since = new Map([...deployments].map(name => [name, this.since.get(name) ?? nowMs]));
    this.there = webhooks;
    this.isLookDue = false;
  }

  private async read(signal: AbortSignal): Promise<z.output<typeof configuration> | undefined> {
    try {
      return configuration.parse(JSON.parse(await this.options.connection.ask({ method: 'GET', path: PATH, signal })));
    } catch (reason) {
      if (reason instanceof ApiError && reason.isNotFound) return undefined;
      throw reason;
    }
  }

  /** In the place of all that is there, and only where nobody was quicker. */
  private async patch(resourceVersion: string, webhooks: readonly object[], signal: AbortSignal): Promise<void> {
    const body = JSON.stringify([
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'add', path: '/webhooks', value: webhooks },
    ]);
    await this.options.connection.ask({ method: 'PATCH', path: PATH, body, contentType: 'application/json-patch+json', signal });
  }
}

const MISSING = `there is no MutatingWebhookConfiguration ${HOLD_CONFIGURATION}, so that Pods of Deployments with Rollouts are not held back, and no such Rollout begins: helm upgrade with rollouts.enabled=true`;
