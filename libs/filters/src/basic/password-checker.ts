// SPDX-License-Identifier: Apache-2.0
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@weir/base';
import type { DerivePassword } from './derive-password.ts';
import { KnownPasswords } from './known-passwords.ts';
import type { StoredPassword } from './password-table.ts';
import { Turns } from './turns.ts';

/** Each takes a thread of the pool that files and logs need, too, and up to 128 MiB. */
export const MAX_RUNNING_CHECKS = 2;
export const MAX_WAITING_CHECKS = 32;
/** A quarter of the places: a flood from one address leaves room for others. */
export const MAX_CHECKS_PER_ADDRESS = 8;

export interface PasswordCheck {
  /** Undefined = none of them is right. */
  readonly found: StoredPassword | undefined;
}

/** The password could not be looked at: too many others are, or the system has no memory for it. */
export type Unchecked = 'busy' | 'failed';

export interface PasswordPorts {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Of this thread alone. */
  readonly secret: string;
  readonly derivePassword: DerivePassword;
}

/** What is asked. */
export interface PasswordAttempt {
  readonly password: string;
  /** Any of them will do. */
  readonly candidates: readonly StoredPassword[];
  readonly address: string;
}

/**
 * Checks passwords in the thread pool, a few at once, and remembers those that were right. A wrong one is never remembered: it costs
 * its time again whenever it comes.
 *
 * What is remembered are HMACs with a key of this thread of hash and password: they hold for that hash alone, so that a password which
 * is changed or withdrawn counts no more from that moment on, whatever else of the configuration changes.
 */
export class PasswordChecker {
  private readonly ports: PasswordPorts;
  private readonly known: KnownPasswords;
  private readonly pending = new Map<string, Promise<PasswordCheck | Unchecked>>();
  private readonly turns = new Turns({
    maxRunning: MAX_RUNNING_CHECKS,
    maxWaiting: MAX_WAITING_CHECKS,
    maxPerAddress: MAX_CHECKS_PER_ADDRESS,
  });

  constructor(ports: PasswordPorts) {
    this.ports = ports;
    this.known = new KnownPasswords(ports.clock);
  }

  /** Never rejects. Waits only for passwords that are not known. */
  check(attempt: PasswordAttempt): PasswordCheck | Promise<PasswordCheck | Unchecked> | Unchecked {
    const digests = attempt.candidates.map(({ text }) => this.digestOf(text, attempt.password));
    const found = attempt.candidates.find((_, index) => this.known.has(digests[index]!));
    if (found !== undefined) return { found };
    // A browser opens several connections at once with the same password.
    const whole = digests.join(' ');
    return this.pending.get(whole) ?? this.begin(whole, attempt, digests);
  }

  private begin(
    whole: string,
    attempt: PasswordAttempt,
    digests: readonly string[],
  ): Promise<PasswordCheck | Unchecked> | Unchecked {
    const running = this.turns.take(attempt.address, () => this.compare(attempt, digests));
    if (running === undefined) return 'busy';
    const checked = running
      .catch((): Unchecked => 'failed')
      .finally(() => {
        this.pending.delete(whole);
      });
    this.pending.set(whole, checked);
    return checked;
  }

  private async compare({ candidates, password }: PasswordAttempt, digests: readonly string[]): Promise<PasswordCheck> {
    for (const [index, stored] of candidates.entries()) {
      const derived = await this.ports.derivePassword(password, stored.hash);
      if (!timingSafeEqual(derived, stored.hash.hash)) continue;
      this.known.add(digests[index]!);
      return { found: stored };
    }
    return { found: undefined };
  }

  private digestOf(text: string, password: string): string {
    return createHmac('sha256', this.ports.secret).update(text, 'utf8').update('\0').update(password, 'utf8').digest('latin1');
  }
}
