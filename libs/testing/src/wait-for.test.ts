// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { waitFor } from './wait-for.ts';

describe('waitFor', () => {
  it('gives the first truthy value', async () => {
    let count = 0;

    expect(await waitFor(() => (++count === 3 ? 'third' : undefined), { what: 'three' })).toBe('third');
  });

  it('takes a condition that throws for one not yet met', async () => {
    let count = 0;
    const condition = (): boolean => {
      if (++count < 3) throw new Error('not yet');
      return true;
    };

    expect(await waitFor(condition, { what: 'three' })).toBe(true);
  });

  it('says what it waited for, and keeps the last error', async () => {
    const failing = (): never => {
      throw new Error('no such port');
    };

    const wait = waitFor(failing, { what: () => 'the port', timeoutMs: 20 });

    await expect(wait).rejects.toThrow('waited 20 ms in vain for the port');
    await expect(wait).rejects.toMatchObject({ cause: new Error('no such port') });
  });
});
