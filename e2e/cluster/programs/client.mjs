// A client within the cluster. With a trial as its argument it asks until the answer is as wanted, and prints that answer; without one it
// waits for somebody to run it so.
import { request } from 'node:http';

const PAUSE_MS = 10;
const TRY_TIMEOUT_MS = 2000;
const [, , argument] = process.argv;

if (argument === undefined) {
  process.on('SIGTERM', () => process.exit(0));
  setInterval(() => undefined, 2 ** 30);
} else {
  process.stdout.write(JSON.stringify(await untilAnswered(JSON.parse(argument))));
}

async function untilAnswered(trial) {
  const { status, timeoutMs = 10_000 } = trial;
  const deadline = performance.now() + timeoutMs;
  for (let attempts = 1; ; attempts++) {
    const answer = await ask(trial).catch(error => ({ error }));
    const isWanted = answer.error === undefined && (status === undefined || answer.status === status);
    if (isWanted) return { ...answer, attempts };
    if (performance.now() > deadline) {
      const last = answer.error === undefined ? `${answer.status} ${answer.body}` : String(answer.error);
      process.stderr.write(
        `no ${status ?? 'answer'} of ${trial.url} in ${timeoutMs} ms, ${attempts} attempts; the last: ${last}\n`,
      );
      process.exit(1);
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
  }
}

function ask({ url, host, method = 'GET', headers = {} }) {
  return new Promise((resolve, reject) => {
    const fields = { ...headers, ...(host === undefined ? {} : { host }) };
    const sent = request(url, { method, headers: fields, agent: false, timeout: TRY_TIMEOUT_MS }, async response => {
      const chunks = await response.setEncoding('utf8').toArray();
      resolve({ status: response.statusCode, headers: response.headers, body: chunks.join('') });
    });
    sent.on('timeout', () => sent.destroy(new Error(`silent for ${TRY_TIMEOUT_MS} ms`)));
    sent.on('error', reject).end();
  });
}
