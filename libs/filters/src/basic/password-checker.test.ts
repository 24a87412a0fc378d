// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import type { Consumer } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { GENERATION_MS } from './known-passwords.ts';
import { MAX_CHECKS_PER_ADDRESS, MAX_RUNNING_CHECKS, MAX_WAITING_CHECKS, PasswordChecker } from './password-checker.ts';
import { PasswordTable } from './password-table.ts';

const SALT = 'AAAAAAAAAAAAAAAAAAAAAA';
const hashOf = (password: string): string =>
  `$scrypt$ln=1,r=8,p=1$${SALT}$${Buffer.from(password.padEnd(18, '.')).toString('base64')}`;

function consumerOf(name: string, ...passwords: readonly string[]): Consumer {
  return {
    label: `shop/${name}`,
    groups: [],
    apiKeys: [],
    certificates: [],
    tokens: [],
    passwords: passwords.map(password => ({ username: name, hash: hashOf(password), expiresMs: 0 })),
  };
}

/** Hashing that ends when the test says so. */
class Lab {
  readonly clock = createManualClock();
  readonly running: { readonly password: string; end(): void; fail(): void }[] = [];
  hashedCount = 0;
  readonly checker = new PasswordChecker({
    clock: this.clock,
    secret: 'secret',
    derivePassword: password => {
      this.hashedCount++;
      return new Promise((resolve, reject) => {
        const end = (): void => resolve(Buffer.from(password.padEnd(18, '.')));
        this.running.push({ password, end, fail: () => reject(new Error('no memory')) });
      });
    },
  });
  readonly table = new PasswordTable([consumerOf('ann', 'sesame-1', 'sesame-2'), consumerOf('bob', 'sesame-3')], 'secret');

  check(username: string, password: string, address = '192.0.2.1'): ReturnType<PasswordChecker['check']> {
    return this.checker.check({ password, address, candidates: this.table.candidatesFor(username) });
  }

  /** Ends what runs, and what then begins, until the check is over. */
  async outcome(checked: ReturnType<PasswordChecker['check']>): Promise<string> {
    const results: Awaited<typeof checked>[] = [];
    void Promise.resolve(checked).then(value => results.push(value));
    while (results.length === 0) {
      this.running.shift()?.end();
      await Promise.resolve();
    }
    const [result] = results;
    return typeof result === 'string' ? result : (result?.found?.consumer ?? 'wrong');
  }
}

describe('PasswordChecker', () => {
  it('takes any of the passwords of a name, and no one else’s', async () => {
    const lab = new Lab();
    expect(await lab.outcome(lab.check('ann', 'sesame-1'))).toBe('shop/ann');
    expect(await lab.outcome(lab.check('ann', 'sesame-2'))).toBe('shop/ann');
    expect(await lab.outcome(lab.check('ann', 'sesame-3'))).toBe('wrong');
    expect(await lab.outcome(lab.check('nobody', 'sesame-3'))).toBe('wrong');
  });

  it('remembers what was right, for as long as it is used, and answers at once', async () => {
    const lab = new Lab();
    await lab.outcome(lab.check('bob', 'sesame-3'));
    for (let i = 0; i < 4; i++) {
      lab.clock.advance(GENERATION_MS);
      expect(lab.check('bob', 'sesame-3')).toMatchObject({ found: { consumer: 'shop/bob' } });
    }
    lab.clock.advance(2 * GENERATION_MS);
    expect(lab.check('bob', 'sesame-3')).toBeInstanceOf(Promise);
  });

  it('never remembers what was wrong', async () => {
    const lab = new Lab();
    for (let i = 0; i < 3; i++) await lab.outcome(lab.check('bob', 'sesame-4'));
    expect(lab.hashedCount).toBe(3);
  });

  it('believes no password any more whose hash has gone', async () => {
    const lab = new Lab();
    await lab.outcome(lab.check('bob', 'sesame-3'));
    const changed = new PasswordTable([consumerOf('bob', 'sesame-9')], 'secret');
    const asked = { password: 'sesame-3', address: '', candidates: changed.candidatesFor('bob') };
    expect(await lab.outcome(lab.checker.check(asked))).toBe('wrong');
  });

  it('hashes for a name that nobody has as for one of the others, though its password is somebody’s', async () => {
    const lab = new Lab();
    await lab.outcome(lab.check('bob', 'sesame-3'));
    await lab.outcome(lab.check('ann', 'sesame-1'));
    for (const name of ['x', 'y', 'z', 'constructor']) {
      const before = lab.hashedCount;
      expect(await lab.outcome(lab.check(name, 'sesame-3'))).toBe('wrong');
      const first = lab.hashedCount - before;
      expect([1, 2]).toContain(first);
      await lab.outcome(lab.check(name, 'sesame-1'));
      expect(lab.hashedCount - before).toBe(2 * first);
    }
  });

  it('hashes once for requests that come together', async () => {
    const lab = new Lab();
    const checks = [1, 2, 3].map(() => lab.check('bob', 'sesame-3'));
    expect(await Promise.all(checks.map(one => lab.outcome(one)))).toEqual(['shop/bob', 'shop/bob', 'shop/bob']);
    expect(lab.hashedCount).toBe(1);
  });

  it('runs a few at once, lets some wait, and has no room for more', async () => {
    const lab = new Lab();
    const checks = Array.from({ length: MAX_RUNNING_CHECKS + MAX_WAITING_CHECKS + 1 }, (_, index) =>
      lab.check('bob', `guess-${index}`, `192.0.2.${index}`),
    );
    expect(checks.pop()).toBe('busy');
    expect(lab.hashedCount).toBe(MAX_RUNNING_CHECKS);
    for (const check of checks) expect(await lab.outcome(check)).toBe('wrong');
    expect(await lab.outcome(lab.check('bob', 'sesame-3'))).toBe('shop/bob');
  });

  it('leaves room for others than one address', async () => {
    const lab = new Lab();
    const checks = Array.from({ length: MAX_CHECKS_PER_ADDRESS + 1 }, (_, index) => lab.check('bob', `guess-${index}`));
    expect(checks.pop()).toBe('busy');
    expect(await lab.outcome(lab.check('ann', 'sesame-1', '192.0.2.9'))).toBe('shop/ann');
    for (const check of checks) await lab.outcome(check);
  });

  it('says that it could not check, and goes on', async () => {
    const lab = new Lab();
    const check = lab.check('bob', 'sesame-3');
    lab.running.shift()?.fail();
    expect(await check).toBe('failed');
    expect(await lab.outcome(lab.check('bob', 'sesame-3'))).toBe('shop/bob');
  });
});
