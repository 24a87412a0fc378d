// SPDX-License-Identifier: Apache-2.0
import type { RolloutNews } from '../advance/rollout-news.ts';
import type { Rollout, RolloutPorts } from './rollout-ports.ts';
import { serverOf } from './server-of.ts';

const TIMEOUT_MS = 10_000;
/** Waits before another try, each twice as long as the one before. */
const FIRST_RETRY_MS = 1000;
const TRIES = 4;
/** What waits for one receiver, at most. */
const MAX_WAITING = 100;

/** Tells receivers of CloudEvents (1.0, structured mode) what happens, each in order. Nobody is waited for. */
export class Notifier {
  private readonly lines = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, number>();
  private readonly ports: Pick<RolloutPorts, 'clock' | 'onNote' | 'post'>;

  constructor(ports: Pick<RolloutPorts, 'clock' | 'onNote' | 'post'>) {
    this.ports = ports;
  }

  tell(key: string, { spec }: Rollout, news: RolloutNews): void {
    for (const { url } of spec.notifications ?? []) {
      const waiting = this.waiting.get(url) ?? 0;
      if (waiting >= MAX_WAITING) {
        this.ports.onNote(`${serverOf(url)} is behind: it is not told of ${news.type} of Rollout ${key}`);
        continue;
      }
      this.waiting.set(url, waiting + 1);
      const before = this.lines.get(url) ?? Promise.resolve();
      this.lines.set(
        url,
        before.then(() => this.send(url, eventOf(key, news))),
      );
    }
  }

  private async send(url: string, event: { readonly type: string }): Promise<void> {
    const isTold = await this.tryAll(url, event);
    if (!isTold) this.ports.onNote(`${serverOf(url)} was not told: ${event.type}`);
    this.waiting.set(url, (this.waiting.get(url) ?? 1) - 1);
  }

  private async tryAll(url: string, event: unknown): Promise<boolean> {
    const { clock, post } = this.ports;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await new Promise<void>(resolve => void clock.after(FIRST_RETRY_MS * 2 ** (attempt - 1), resolve));
      const options = { contentType: 'application/cloudevents+json', timeoutMs: TIMEOUT_MS };
      const status = await post(url, event, options).catch(() => 0);
      if (status >= 200 && status < 300) return true;
    }
    return false;
  }
}

function eventOf(key: string, { id, type, words, by, atMs, stable, candidate }: RolloutNews) {
  return {
    ...{ specversion: '1.0', id: `${key}/${id}`, source: `/rollouts/${key}`, type: `dev.weir.rollout.${type}` },
    ...{ time: new Date(atMs).toISOString(), subject: key, datacontenttype: 'application/json' },
    data: { rollout: key, message: words, by, stable, candidate },
  };
}
