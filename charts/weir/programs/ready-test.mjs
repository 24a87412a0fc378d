// Run by `helm test`: exits with 0 when the control plane is ready, and Redis can be reached where REDIS_URL names one.
import { connect } from 'node:net';

const DEFAULT_REDIS_PORT = 6379;
const TIMEOUT_MS = 10_000;
const { READY_URL, REDIS_URL } = process.env;

const response = await fetch(READY_URL, { signal: AbortSignal.timeout(TIMEOUT_MS) });
const text = await response.text();
console.log(`${READY_URL}: ${response.status} ${text.trim()}`);
if (!response.ok) process.exitCode = 1;

if (REDIS_URL !== undefined) await tryRedis(new URL(REDIS_URL));

/** That somebody takes connections there; who that is, each gateway finds out by itself. */
async function tryRedis({ hostname, port }) {
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || DEFAULT_REDIS_PORT) });
  const { promise, resolve, reject } = Promise.withResolvers();
  socket.setTimeout(TIMEOUT_MS, () => reject(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
  socket.once('connect', resolve).once('error', reject);
  try {
    await promise;
    console.log(`${REDIS_URL}: takes connections`);
  } catch (error) {
    console.log(`${REDIS_URL}: ${error.message}`);
    process.exitCode = 1;
  } finally {
    socket.destroy();
  }
}
