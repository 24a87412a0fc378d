// SPDX-License-Identifier: Apache-2.0
import { Child, waitFor } from '@weir/testing';
import type { TestDocument } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMissing } from './stage/commands.ts';
import { forward, route } from './stage/documents.ts';
import { Http2Load } from './stage/http2-load.ts';
import { openStage } from './stage/open-stage.ts';
import type { Protocol, Stage } from './stage/open-stage.ts';

const RELOAD_COUNT = 20;
const SESSION_COUNT = 4;
const STREAM_COUNT = 8;
const HTTP2: readonly Protocol[] = ['h2c', 'h2'];

let stage: Stage;

beforeEach(async () => {
  stage = await openStage({
    backends: { main: 'echo' },
    documents: [revision(0)],
    flags: ['--workers', '2', '--drain-delay', '0', '--drain-deadline', '10s'],
  });
});

afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

/** The route under load; `revision` comes back in a header. */
function revision(number: number): TestDocument {
  const changes = { set: [{ name: 'X-Revision', value: String(number) }] };
  return route('all', [forward('/', 'main', { filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: changes }] })]);
}

async function reload(number: number): Promise<void> {
  await stage.apply([revision(number)], async () => (await stage.send('h2c', '/')).header('x-revision') === String(number));
}

async function flowingLoad(protocol: Protocol): Promise<Http2Load> {
  const load = new Http2Load({ at: stage.at(protocol), sessionCount: SESSION_COUNT, streamCount: STREAM_COUNT });
  await waitFor(() => load.report.succeededCount > 200, { what: () => `load to flow\n${stage.weir.child.output}` });
  return load;
}

describe('reloads under load over HTTP/2', () => {
  it(`lose no request and no connection over ${RELOAD_COUNT} of them`, async () => {
    const loads = [await flowingLoad('h2c'), await flowingLoad('h2')];
    for (let number = 1; number <= RELOAD_COUNT; number++) await reload(number);
    for (const load of loads) {
      const report = await load.stop();
      expect(report).toMatchObject({ failures: new Map(), refusedCount: 0, goAwayCount: 0 });
    }
  });

  it.skipIf(isMissing('h2load'))('lose nothing of what h2load (needed here) asks for', async () => {
    await using h2load = new Child(['h2load', '-c4', '-m8', '-D3', `http://127.0.0.1:${stage.ports.http}/`]);
    for (let number = 1; number <= RELOAD_COUNT; number++) await reload(number);
    expect(h2load.isRunning).toBe(true);
    await h2load.exited;
    expect(h2load.stdout).toMatch(/ 0 failed, 0 errored, 0 timeout/v);
    expect(h2load.stdout).toMatch(/ 0 3xx, 0 4xx, 0 5xx/v);
  });
});

describe('the end under load over HTTP/2', () => {
  it.each(HTTP2)('asks every connection to leave, and loses no request over %s: SIGTERM', async protocol => {
    const load = await flowingLoad(protocol);
    stage.weir.child.process.kill('SIGTERM');
    await load.ended;
    expect(load.report).toMatchObject({ failures: new Map(), goAwayCount: SESSION_COUNT });
    // No more than each session had in hand when it was asked to leave; and whatever was begun here was answered there.
    expect(load.report.refusedCount).toBeLessThanOrEqual(SESSION_COUNT * STREAM_COUNT);
    expect(load.report.succeededCount).toBe(stage.upstream('main').requests.length);
    expect(await stage.weir.child.exited).toEqual({ code: 0, signal: null });
  });
});
