// Asks again and again from within the cluster, over connections that stay unless it is to open one each time, until its input ends or it is
// told to by SIGTERM. Each line of its output is what came of it so far; the last one is the whole. A request that is not answered, or not
// with 200, has failed; none is tried again.
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

const REPORT_MS = 100;
/** More would say no more. */
const MAX_EXAMPLES = 20;

const plan = JSON.parse(process.argv[2]);
const { url, host, method = 'GET', headers = {}, concurrency = 8, keepAlive = true, pauseMs = 0, timeoutMs = 10_000 } = plan;
const [Agent, request] = url.startsWith('https:') ? [HttpsAgent, requestHttps] : [HttpAgent, requestHttp];
const agent = new Agent({ keepAlive, maxSockets: concurrency, servername: host, rejectUnauthorized: false });
const startedMs = performance.now();
const report = { requests: 0, failed: 0, statuses: {}, pods: {}, revisions: {}, longestMs: 0, examples: [] };
let isRunning = true;

const reports = setInterval(() => print(), REPORT_MS);
process.stdin.resume().on('end', stop);
process.on('SIGTERM', stop);
await Promise.all(Array.from({ length: concurrency }, keepAsking));
clearInterval(reports);
agent.destroy();
process.stdin.destroy();
print();

function stop() {
  isRunning = false;
  if (plan.isAbrupt) agent.destroy();
}

async function keepAsking() {
  while (isRunning) {
    const askedMs = performance.now();
    const failure = await ask().catch(error => `${error.code ?? ''} ${error.message}`);
    report.requests++;
    report.longestMs = Math.max(report.longestMs, performance.now() - askedMs);
    if (failure !== undefined) noteFailure(failure);
    if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs));
  }
}

function noteFailure(what) {
  report.failed++;
  if (report.examples.length < MAX_EXAMPLES)
    report.examples.push(`after ${Math.round(performance.now() - startedMs)} ms: ${what}`);
}

/** What was wrong with the answer; undefined = nothing. Rejects without one. */
function ask() {
  return new Promise((resolve, reject) => {
    const fields = { ...headers, ...(host === undefined ? {} : { host }) };
    const sent = request(url, { method, headers: fields, agent, timeout: timeoutMs }, async response => {
      try {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        const { statusCode } = response;
        report.statuses[statusCode] = (report.statuses[statusCode] ?? 0) + 1;
        noteWho(report.pods, /"pod":"([^"]+)"/.exec(text) ?? []);
        noteWho(report.revisions, /"revision":"([^"]+)"/.exec(text) ?? []);
        resolve(statusCode === 200 ? undefined : `${statusCode} ${text.slice(0, 200)}`);
      } catch (error) {
        reject(error);
      }
    });
    sent.on('timeout', () => sent.destroy(new Error(`silent for ${timeoutMs} ms`)));
    sent.on('error', reject).end();
  });
}

function noteWho(counts, [, who]) {
  if (who !== undefined) counts[who] = (counts[who] ?? 0) + 1;
}

function print() {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
