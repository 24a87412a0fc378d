// SPDX-License-Identifier: Apache-2.0
// `node steady-load.ts ADDRESS PORT`: an application that calls a Service all the time and knows nothing of a mesh: two clients that GET and
// two that POST, each ten times a connection. Prints what came of it ten times a second, and after SIGTERM once more when all has ended.
import { requestText, startLoad } from '@weir/testing';
import type { LoadReport } from '@weir/testing';

const [, , host = '', port = ''] = process.argv;
const PAUSE_MS = 20;
const REPORT_MS = 100;

const BODIES = { GET: undefined, POST: 'what may not be sent twice' } as const;
const loads = (['GET', 'POST'] as const).map(method => {
  const body = BODIES[method];
  const text = requestText('/', { method, ...(body === undefined ? {} : { body }) });
  const load = startLoad({
    ...{ at: { host, port: Number(port) }, clientCount: 2, requestText: text, pauseMs: PAUSE_MS, requestsPerConnection: 10 },
  });
  return { method, load };
});

function print(): void {
  const reports = loads.map(({ load }) => load.report);
  const sum = (count: (report: LoadReport) => number): number => reports.reduce((total, report) => total + count(report), 0);
  const failures = loads.flatMap(({ method, load }) =>
    [...load.report.failures].map(([reason, count]) => [`${method}: ${reason}`, count]),
  );
  const counts = {
    succeededCount: sum(report => report.succeededCount),
    resentCount: sum(report => report.resentCount),
    slowestMs: Math.max(...reports.map(report => report.slowestMs)),
    failures: Object.fromEntries<unknown>(failures as [string, unknown][]),
  };
  process.stdout.write(`${JSON.stringify(counts)}\n`);
}

// Keeps the process as well, in moments in which no client has a connection.
const printing = setInterval(print, REPORT_MS);
process.once('SIGTERM', () => {
  clearInterval(printing);
  void Promise.all(loads.map(({ load }) => load.stop())).then(print);
});
