// SPDX-License-Identifier: Apache-2.0
import { ChangingNote, reasonWords } from '@weir/base';
import type { RolloutPorts } from './rollout-ports.ts';
import { serverOf } from './server-of.ts';

const EVERY_MS = 10_000;
const TIMEOUT_MS = 5000;
/** What was measured so long ago says nothing any more. */
const STALE_MS = 60_000;

/** For whom a value is: one that was measured in another step says nothing of this one. */
interface AskingStep {
  /** `namespace/name`. */
  readonly rollout: string;
  readonly step: string;
}

interface Asked {
  value: number | undefined;
  valueAtMs: number;
  askedAtMs: number;
  /** Of why there is no value. */
  readonly note: ChangingNote;
}

/** Values of queries of Prometheus servers, asked again while somebody looks at them. */
export class QueryDesk {
  /** By Rollout: those of its present step, by URL and query. */
  private readonly asked = new Map<string, { readonly step: string; readonly queries: Map<string, Asked> }>();
  private readonly ports: Pick<RolloutPorts, 'clock' | 'get' | 'onNote'>;

  constructor(ports: Pick<RolloutPorts, 'clock' | 'get' | 'onNote'>) {
    this.ports = ports;
  }

  /** How many queries are known. */
  get size(): number {
    return this.asked.values().reduce((sum, { queries }) => sum + queries.size, 0);
  }

  /** The last value that was asked for in this step; undefined = there is none, or it is too old. */
  valueOf(asking: AskingStep, url: string, query: string): number | undefined {
    const nowMs = this.ports.clock.nowMs();
    const queries = this.queriesOf(asking);
    const key = `${url} ${query}`;
    const asked = queries.get(key) ?? {
      ...{ value: undefined, valueAtMs: 0, askedAtMs: -EVERY_MS },
      note: new ChangingNote(this.ports.onNote),
    };
    queries.set(key, asked);
    if (nowMs - asked.askedAtMs >= EVERY_MS) {
      asked.askedAtMs = nowMs;
      forgetOld(queries, nowMs);
      void this.ask(asked, url, query);
    }
    return nowMs - asked.valueAtMs > STALE_MS ? undefined : asked.value;
  }

  forget(rollout: string): void {
    this.asked.delete(rollout);
  }

  private queriesOf({ rollout, step }: AskingStep): Map<string, Asked> {
    const known = this.asked.get(rollout);
    if (known?.step === step) return known.queries;
    const queries = new Map<string, Asked>();
    this.asked.set(rollout, { step, queries });
    return queries;
  }

  private async ask(asked: Asked, url: string, query: string): Promise<void> {
    const { get, clock } = this.ports;
    try {
      const value = firstValue(
        await get(`${url.replace(/\/$/v, '')}/api/v1/query?query=${encodeURIComponent(query)}`, TIMEOUT_MS),
      );
      asked.note.clear();
      if (value === undefined) return;
      asked.value = value;
      asked.valueAtMs = clock.nowMs();
    } catch (reason) {
      asked.note.tell(`Prometheus at ${serverOf(url)} gives no value: ${reasonWords(reason)}`);
    }
  }
}

/** Of what nobody looks at any more, nothing is kept: whoever may write a Rollout can write another query each second. */
function forgetOld(queries: Map<string, Asked>, nowMs: number): void {
  for (const [key, { askedAtMs }] of queries) if (nowMs - askedAtMs > STALE_MS) queries.delete(key);
}

/** Of an answer to an instant query: of a scalar, or of the first series of a vector. */
function firstValue(answer: unknown): number | undefined {
  const result = fieldOf(fieldOf(answer, 'data'), 'result');
  const first: unknown = Array.isArray(result) ? result[0] : undefined;
  const sample = typeof first === 'object' && first !== null ? fieldOf(first, 'value') : result;
  const text: unknown = Array.isArray(sample) ? sample[1] : undefined;
  const value = typeof text === 'string' ? numberFrom(text) : Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}

/** Prometheus writes infinities its own way: errors that are compared with none come to one. */
function numberFrom(text: string): number {
  const sign = /^(?<sign>[+\-]?)Inf$/v.exec(text)?.groups?.['sign'];
  return Number(sign === undefined ? text : `${sign}Infinity`);
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}
