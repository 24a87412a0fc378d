// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto';
import type { Clock, Random } from '@weir/base';
import { BoundedCache } from './bounded-cache.ts';
import type { CacheBounds } from './bounded-cache.ts';
import type { TokenFinding } from './token-answer.ts';

export interface FindingPorts {
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly random: Pick<Random, 'hex'>;
}

/** What an issuer has just said, with the size of its answer. */
export interface FreshFinding {
  readonly finding: TokenFinding;
  readonly byteCount: number;
}

/** Of a method and worker: ten thousand callers at once. */
export const ACTIVE_BOUNDS: CacheBounds = { maxEntries: 10_000, maxBytes: 16 * 1024 * 1024 };
/** Apart, so that a flood of bad tokens throws no good one out. */
export const REFUSED_BOUNDS: CacheBounds = { maxEntries: 1_000, maxBytes: 1024 * 1024 };
/** A token that was asked about too early is soon tried again, and a caller who tries it again and again costs one question. */
export const REFUSED_MS = 5_000;

const KEY_BYTES = 32;

/**
 * What was found out about tokens. Kept by a keyed hash, so that a dump of the memory has no token and nobody can choose where one
 * lands. Those who come with one token at the same time share one question; one that fails is nobody's answer.
 */
export class TokenFindings {
  private readonly maxAgeMs: number;
  private readonly ports: FindingPorts;
  private readonly key: Buffer;
  private readonly active = new BoundedCache<TokenFinding>(ACTIVE_BOUNDS);
  private readonly refused = new BoundedCache<TokenFinding>(REFUSED_BOUNDS);
  private readonly asked = new Map<string, Promise<TokenFinding>>();

  /** `maxAgeMs`: how long what is active is used again; 0 = never. */
  constructor(maxAgeMs: number, ports: FindingPorts) {
    this.maxAgeMs = maxAgeMs;
    this.ports = ports;
    this.key = Buffer.from(ports.random.hex(KEY_BYTES), 'hex');
  }

  /** What is known, or what `ask` finds out. */
  find(token: string, ask: () => Promise<FreshFinding>): Promise<TokenFinding> | TokenFinding {
    const hash = createHmac('sha256', this.key).update(token).digest('base64');
    const nowMs = this.ports.clock.wallMs();
    return this.active.get(hash, nowMs) ?? this.refused.get(hash, nowMs) ?? this.asked.get(hash) ?? this.ask(hash, ask);
  }

  private ask(hash: string, ask: () => Promise<FreshFinding>): Promise<TokenFinding> {
    const pending = ask()
      .then(fresh => this.keep(hash, fresh))
      .finally(() => this.asked.delete(hash));
    this.asked.set(hash, pending);
    return pending;
  }

  private keep(hash: string, { finding, byteCount }: FreshFinding): TokenFinding {
    const nowMs = this.ports.clock.wallMs();
    if (finding.kind === 'refused') {
      this.refused.set(hash, { value: finding, byteCount, untilMs: nowMs + REFUSED_MS });
    } else if (this.maxAgeMs > 0) {
      this.active.set(hash, { value: finding, byteCount, untilMs: Math.min(finding.untilMs, nowMs + this.maxAgeMs) });
    }
    return finding;
  }
}
