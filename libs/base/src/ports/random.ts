// SPDX-License-Identifier: Apache-2.0
import { randomFillSync } from 'node:crypto';

/** Chance as the product sees it; tests bring a seeded one. */
export interface Random {
  /** Uniform in [0, 1). Not for secrets. */
  next(): number;
  /** `count` bytes from the system's secure source, as lower-case hex; for ids. */
  hex(count: number): string;
}

const POOL_BYTES = 4096;

/** One system call feeds hundreds of ids: asking the kernel for each id costs more than the id. */
export function createSystemRandom(): Random {
  const pool = Buffer.allocUnsafe(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    next: Math.random,
    hex(count) {
      if (used + count > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      const text = pool.toString('hex', used, used + count);
      used += count;
      return text;
    },
  };
}
