// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { Child } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { TRANSPORTS, openStage } from './stage/open-stage.ts';
import type { Stage, Transport } from './stage/open-stage.ts';

let stage: Stage;

/** Skipped tests say why in their names. */
const isMissing = (command: string): boolean => spawnSync(command, ['--version']).error !== undefined;

beforeAll(async () => {
  stage = await openStage({ backends: { main: 'echo' }, documents: [route('all', [forward('/', 'main')])] });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const origin = (transport: Transport): string => `${transport}://localhost:${stage.ports[transport]}`;

async function run(command: string, ...args: readonly string[]): Promise<string> {
  await using child = new Child([command, ...args]);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`${command} ended with ${code ?? 'a signal'}\n${child.output}`);
  return child.stdout;
}

describe.skipIf(isMissing('curl')).each(TRANSPORTS)('curl (skipped where it is not installed) over %s', transport => {
  const flags = ['--silent', '--show-error', '--insecure', '--http1.1', '--max-time', '20'];

  it('gets an answer', async () => {
    const answer: unknown = JSON.parse(await run('curl', ...flags, `${origin(transport)}/x?y=z`));

    expect(answer).toMatchObject({ method: 'GET', target: '/x?y=z' });
  });

  it('uses its connection again', async () => {
    const counts = await run(
      'curl',
      ...flags,
      '-o',
      '/dev/null',
      '-o',
      '/dev/null',
      '-w',
      '%{num_connects} ',
      `${origin(transport)}/[1-2]`,
    );

    expect(counts).toBe('1 0 ');
  });

  it('uploads in chunks, and waits for 100 Continue', async () => {
    const answer: unknown = JSON.parse(
      await run(
        'curl',
        ...flags,
        '-H',
        'Transfer-Encoding: chunked',
        '-H',
        'Expect: 100-continue',
        '-d',
        'hello',
        `${origin(transport)}/up`,
      ),
    );

    expect(answer).toMatchObject({ method: 'POST', body: 'hello' });
  });

  it('asks for a head only', async () => {
    expect(await run('curl', ...flags, '--head', `${origin(transport)}/`)).toMatch(/^HTTP\/1\.1 200 /v);
  });

  it('falls back when its upgrade to HTTP/2 is not taken', async () => {
    const answer: unknown = JSON.parse(await run('curl', '--silent', '--insecure', '--http2', `${origin(transport)}/`));

    expect(answer).toMatchObject({ backend: 'main' });
  });
});

describe.skipIf(isMissing('wrk')).each(TRANSPORTS)('wrk (skipped where it is not installed) over %s', transport => {
  it('sees no error under load', async () => {
    const report = await run('wrk', '-t1', '-c16', '-d1s', `${origin(transport)}/`);

    expect(report).toMatch(/Requests\/sec/v);
    expect(report).not.toMatch(/Non-2xx|Socket errors/v);
  });
});
