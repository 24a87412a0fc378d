// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { matchesOutput } from './matches-output.ts';

const ANSWER = 'HTTP/1.1 401 Unauthorized\nwww-authenticate: ApiKey\ndate: today\n\n{"status":401,"id":"7"}';

it.each([
  ANSWER,
  '...',
  'HTTP/1.1 401 Unauthorized\n...',
  'HTTP/1.1 401 Unauthorized\n...\ndate: ...\n\n{"status":401,...}',
  `...\n${ANSWER}\n...`,
])('takes %j', expected => {
  expect(matchesOutput(expected, ANSWER)).toBe(true);
});

it.each([
  '',
  'HTTP/1.1 401 Unauthorized',
  'HTTP/1.1 200 OK\n...',
  '...\n{"status":40.,...}',
  'HTTP/1.1 401 Unauthorized\ndate: ...\n...',
  '...\nwww-authenticate: ...\n{...}',
])('does not take %j', expected => {
  expect(matchesOutput(expected, ANSWER)).toBe(false);
});
