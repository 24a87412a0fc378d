// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { RolloutPorts } from './rollout-ports.ts';

const EVERY_MS = 10_000;
const TIMEOUT_MS = 5000;
/** What was measured so long ago says nothing any more. */
const STALE_MS = 60_000;

interface Asked {
  value: number | undefined;
  valueAtMs: number;
  askedAtMs: number;
}

/** Values of queries of Prometheus servers, asked again while somebody looks at them. */
export class QueryDesk {
  private readonly asked = new Map<string, Asked>();
  private readonly ports: Pick<RolloutPorts, 'clock' | 'get' | 'onNote'>;

  constructor(ports: Pick<RolloutPorts, 'clock' | 'get' | 'onNote'>) {
    this.ports = ports;
  }

  /** How many queries are known. */
  get size(): number {
    return this.asked.size;
  }

  readonly valueOf = (url: string, query: string): number | undefined => {
    const nowMs = this.ports.clock.nowMs();
    const key = `${url} ${query}`;
    const asked = this.asked.get(key) ?? { value: undefined, valueAtMs: 0, askedAtMs: -EVERY_MS };
    this.asked.set(key, asked);
    if (nowMs - asked.askedAtMs >= EVERY_MS) {
      asked.askedAtMs = nowMs;
      this.forgetOld(nowMs);
      void this.ask(asked, url, query);
    }
    return nowMs - asked.valueAtMs > STALE_MS ? undefined : asked.value;
  };

  /** Of what nobody looks at any more, nothing is kept: whoever may write a Rollout can write another query each second. */
  private forgetOld(nowMs: number): void {
    for (const [key, { askedAtMs }] of this.asked) if (nowMs - askedAtMs > STALE_MS) this.asked.delete(key);
  }

  private async ask(asked: Asked, url: string, query: string): Promise<void> {
    const { get, clock, onNote } = this.ports;
    try {
      const value = firstValue(
        await get(`${url.replace(/\/$/v, '')}/api/v1/query?query=${encodeURIComponent(query)}`, TIMEOUT_MS),
      );
      if (value === undefined) return;
      asked.value = value;
      asked.valueAtMs = clock.nowMs();
    } catch (reason) {
      onNote(`Prometheus at ${url} gives no value: ${reasonWords(reason)}`);
    }
  }
}

/** Of an answer to an instant query: of a scalar, or of the first series of a vector. */
function firstValue(answer: unknown): number | undefined {
  const result = fieldOf(fieldOf(answer, 'data'), 'result');
  const first: unknown = Array.isArray(result) ? result[0] : undefined;
  const sample = typeof first === 'object' && first !== null ? fieldOf(first, 'value') : result;
  const text: unknown = Array.isArray(sample) ? sample[1] : undefined;
  const value = typeof text === 'string' ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}
