// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { HttpAppProbe } from './app-probe.ts';
import { openApplicationSocket } from './loopback-socket.ts';

/** Where a request goes, on this host. */
type Target = Pick<HttpAppProbe, 'host' | 'isTls' | 'path' | 'port'>;

/** As Kubernetes. */
const MAX_REDIRECTS = 10;
const MAX_BODY_BYTES = 10 * 1024;

/** A Location may name this host so, whatever the probe calls it. */
const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The status that a GET of the application ends with. Redirects on this host are followed, one to elsewhere is what it ends with. Rejects
 * where there is no whole answer, or too many redirects.
 */
export async function getApplication(probe: HttpAppProbe, addresses: readonly string[], signal: AbortSignal): Promise<number> {
  let target: Target = probe;
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const { status, location } = await getOnce({ ...target, headers: probe.headers, addresses }, signal);
    const next = location === undefined ? undefined : redirectTarget(location, target, probe);
    if (next === undefined) return status;
    target = next;
  }
  throw new Error(`it redirects more than ${MAX_REDIRECTS} times`);
}

interface Answer {
  readonly status: number;
  /** Of a redirect. */
  readonly location: string | undefined;
}

type Question = Pick<HttpAppProbe, 'headers'> & Target & { readonly addresses: readonly string[] };

async function getOnce({ host, path, headers, ...place }: Question, signal: AbortSignal): Promise<Answer> {
  const socket = await openApplicationSocket(place, signal);
  try {
    const fields = ['Host', host, 'Connection', 'close', ...headers.flat()];
    const call = request({ createConnection: () => socket, path, headers: fields, signal });
    // What comes after the answer has begun is heard of where it is read.
    call.on('error', () => undefined);
    call.end();
    const [response] = (await once(call, 'response', { signal })) as [IncomingMessage];
    await readWhole(response);
    const { statusCode = 0, headers: answered } = response;
    return { status: statusCode, location: REDIRECTS.has(statusCode) ? answered.location : undefined };
  } finally {
    socket.destroy();
  }
}

/** RFC 9110 §15.4; the others of the class lead nowhere by themselves. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** To its end, or as far as Kubernetes reads: an application that hangs in the middle is not well. */
async function readWhole(response: IncomingMessage): Promise<void> {
  let byteCount = 0;
  for await (const chunk of response) {
    byteCount += (chunk as Buffer).length;
    if (byteCount >= MAX_BODY_BYTES) return;
  }
}

/** Undefined = it leads elsewhere. */
function redirectTarget(location: string, from: Target, { host: asked }: HttpAppProbe): Target | undefined {
  const base = `${from.isTls ? 'https' : 'http'}://${from.host}`;
  const url = URL.parse(location, `${base}${from.path}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  const isTls = url.protocol === 'https:';
  const path = `${url.pathname}${url.search}`;
  // The name by which it was asked may have another port than it has here, or none: a relative Location stays where it is.
  if (url.origin === URL.parse(base)?.origin) return { ...from, path };
  if (!OWN_NAMES.has(url.hostname) && url.hostname !== URL.parse(`http://${asked}`)?.hostname) return undefined;
  return { path, isTls, host: url.host, port: Number(url.port) || (isTls ? 443 : 80) };
}
