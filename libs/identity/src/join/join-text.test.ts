// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '@weir/testing';
import { createJoinToken } from './join-token.ts';
import { formatJoinText, parseJoinText } from './join-text.ts';

const token = createJoinToken(createSeededRandom(1));
const root = 'ab'.repeat(32);

describe('the text that a workload joins with', () => {
  it('is read as it was written, with what an editor puts behind it', () => {
    expect(parseJoinText(`${formatJoinText({ token, root })}\n`)).toEqual({ isValid: true, value: { token, root } });
  });

  it.each([
    ['', 'begin with a join token'],
    [token, 'no fingerprint'],
    [`${token}.${root.toUpperCase()}`, 'no fingerprint'],
    [`${token}.${root}.${root}`, 'no fingerprint'],
    [`${token.slice(1)}.${root}`, 'begin with a join token'],
  ])('is refused where it is something else, without being shown', (text, words) => {
    const found = parseJoinText(text);
    expect(found).toMatchObject({ isValid: false, reason: expect.stringContaining(words) });
    expect(JSON.stringify(found)).not.toContain(token.slice(10, 30));
  });

  it('is not written of parts that are none', () => {
    expect(() => formatJoinText({ token: 'x', root })).toThrow('needs a join token');
    expect(() => formatJoinText({ token, root: 'AB:CD' })).toThrow('needs a join token');
  });
});
