// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { parseExamples } from './parse-examples.ts';

const fenced = (language: string, text: string): string => `Words.\n\n\`\`\`${language}\n${text}\n\`\`\`\n\nMore words.\n`;

it('reads commands and what they print, from all console blocks', () => {
  const markdown = [
    fenced('console', '$ curl -i http://localhost:8080/\nHTTP/1.1 200 OK\n\nbody\n$ A=1'),
    fenced('sh', 'npm test'),
    fenced('console', '$ weir explain config \\\n    GET http://localhost:8080/\nGET\n  → 401'),
  ].join('');

  expect(parseExamples(markdown).examples).toEqual([
    { command: 'curl -i http://localhost:8080/', output: 'HTTP/1.1 200 OK\n\nbody' },
    { command: 'A=1', output: '' },
    { command: 'weir explain config \\\n    GET http://localhost:8080/', output: 'GET\n  → 401' },
  ]);
});

it('reads what has to run besides', () => {
  expect(parseExamples(fenced('sh', 'redis-server\nnpx weir up config')).processes).toEqual([
    'redis-server',
    'npx weir up config',
  ]);
});

it('reads lines of the log', () => {
  expect(parseExamples(fenced('log', '{"a":1}\n{"b":2}')).logLines).toEqual(['{"a":1}', '{"b":2}']);
});

it('refuses a console block that does not begin with a command', () => {
  expect(() => parseExamples(fenced('console', 'curl http://localhost:8080/'))).toThrow('must begin with "$ "');
});
