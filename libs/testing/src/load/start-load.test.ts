// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { requestText } from '../client/request-text.ts';
import { answering, reply } from '../upstream/answering.ts';
import { startUpstream } from '../upstream/start-upstream.ts';
import { waitFor } from '../wait-for.ts';
import { startLoad } from './start-load.ts';

const load = { clientCount: 2, requestText: requestText('/') };

describe('load', () => {
  it('keeps its connections and counts what went right', async () => {
    await using upstream = await startUpstream(answering(() => reply()));
    const running = startLoad({ ...load, at: { port: upstream.port } });
    await waitFor(() => running.report.succeededCount > 100, { what: 'a hundred answers' });

    const report = await running.stop();

    expect(report).toMatchObject({ connectionCount: 2, resentCount: 0 });
    expect([...report.failures]).toEqual([]);
  });

  it('counts a wrong status and a broken answer with their reasons', async () => {
    let count = 0;
    await using upstream = await startUpstream(
      answering((_request, connection) => {
        if (count++ === 10) return reply({ status: 503 });
        if (count < 20) return reply();
        connection.end();
        return undefined;
      }),
    );
    const running = startLoad({ ...load, clientCount: 1, at: { port: upstream.port } });
    await waitFor(() => running.report.failures.size >= 2, { what: 'two kinds of failure' });

    const report = await running.stop();

    expect(report.failures.get('status 503')).toBe(1);
  });

  it('follows a server that announces the end of a connection', async () => {
    await using upstream = await startUpstream(answering(() => reply({ headers: { Connection: 'close' } })));
    const running = startLoad({ ...load, clientCount: 1, at: { port: upstream.port } });
    await waitFor(() => running.report.succeededCount >= 5, { what: 'five answers' });

    const report = await running.stop();

    expect([...report.failures]).toEqual([]);
    expect(report.connectionCount).toBe(report.succeededCount);
  });

  it('opens another connection after so many requests, and waits between them', async () => {
    await using upstream = await startUpstream(answering(() => reply()));
    const running = startLoad({ ...load, clientCount: 1, requestsPerConnection: 2, pauseMs: 5, at: { port: upstream.port } });
    await waitFor(() => running.report.succeededCount >= 6, { what: 'six answers' });

    const report = await running.stop();

    expect([...report.failures]).toEqual([]);
    expect(report.connectionCount).toBe(Math.ceil(report.succeededCount / 2));
  });
});
