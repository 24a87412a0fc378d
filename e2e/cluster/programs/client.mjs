// A client within the cluster. With a trial as its argument it asks until the answer is as wanted, and prints that answer; without one it
// waits for somebody to run it so.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

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
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    // Who is asked is told by the certificate, which the test compares itself.
    const tls = { servername: host, rejectUnauthorized: false };
    const options = { method, headers: fields, agent: false, timeout: TRY_TIMEOUT_MS, ...tls };
    const sent = request(url, options, async response => {
      const certificate = response.socket.getPeerCertificate?.().fingerprint256;
      const chunks = await response.setEncoding('utf8').toArray();
      resolve({ status: response.statusCode, headers: response.headers, body: chunks.join(''), certificate });
    });
    sent.on('timeout', () => sent.destroy(new Error(`silent for ${TRY_TIMEOUT_MS} ms`)));
    sent.on('error', reject).end();
  });
}
