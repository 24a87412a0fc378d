// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { HeaderList, systemClock } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import { readDirectory } from '@weir/policy/documents';
import type { Snapshot } from '@weir/policy/snapshot';
import { answering, connectRaw, echo, findFreePorts, startUpstream, startWeir, waitFor } from '@weir/testing';
import type { Echo, RawResponse, Upstream, Weir } from '@weir/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import type { Answer, Explanation } from './explanation.ts';
import {
  consumerDocuments,
  gatewayOnPort,
  generatedPolicies,
  generatedRoutes,
  serviceDocuments,
  wireRequest,
} from './sample/generated-gateway.ts';
import type { WireRequest } from './sample/generated-gateway.ts';

/** Another seed gives other documents and requests; it is part of every failure. */
const SEED = 20_261_124;
const CONFIGURATION_COUNT = 14;
/** Of these, how many have access policies; the others none, where they would hide the rest. */
const GUARDED_COUNT = 6;
const REQUESTS_PER_CONFIGURATION = 100;

let weir: Weir;
let upstreams: readonly Upstream[];
let ports: readonly number[];
let snapshot: Snapshot;

beforeAll(async () => {
  upstreams = [await startUpstream(answering(echo('one'))), await startUpstream(answering(echo('two')))];
  ports = await findFreePorts(CONFIGURATION_COUNT);
  const [one, two] = upstreams;
  const documents = ports.flatMap((port, i) => [
    gatewayOnPort(`edge-${i}`, port, i % 3 !== 0),
    ...fc.sample(generatedRoutes(`edge-${i}`), { seed: SEED + i, numRuns: 1 }).flat(),
    ...(i < GUARDED_COUNT ? fc.sample(generatedPolicies(`edge-${i}`), { seed: SEED + i, numRuns: 1 }).flat() : []),
  ]);
  weir = await startWeir(
    [
      ...serviceDocuments('one', one?.port),
      ...serviceDocuments('two', two?.port),
      ...serviceDocuments('empty', undefined),
      ...consumerDocuments,
      ...documents,
      // One worker: its access log has the requests in the order in which they were sent.
    ],
    { flags: ['--allow-partial', '--workers', '1'] },
  );
  const read = await readDirectory(weir.directory.path);
  snapshot = createCompiler({ clock: systemClock, defaultAddresses: ['127.0.0.1'] }).update(read.documents).snapshot;
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all(upstreams.map(upstream => upstream[Symbol.asyncDispose]()));
});

/** What is compared: said by explain on the one hand, seen on the wire and in the access log on the other. */
interface Outcome {
  readonly status: number;
  readonly fault: string | undefined;
  readonly listener: string | undefined;
  readonly route: string | undefined;
  readonly rule: string | undefined;
  readonly backend: string | undefined;
  readonly endpoint: string | undefined;
  readonly location: string | undefined;
  /** Request line's target and Host as the endpoint got them; undefined for other answers and for HEAD. */
  readonly forwarded: { readonly target: string; readonly host: string } | undefined;
}

type LogRecord = Readonly<Record<string, unknown>>;

interface Sent {
  readonly id: string;
  readonly port: number;
  readonly request: WireRequest;
  readonly response: RawResponse;
}

async function send(port: number, id: string, request: WireRequest): Promise<Sent> {
  const { method, target, isAbsolute, fields } = request;
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const authority = authorityOf(request, port);
  const head = `${method} ${isAbsolute ? `http://${authority}` : ''}${target} HTTP/1.1\r\nHost: ${authority}\r\n${lines}`;
  await using client = await connectRaw({ port });
  const response = await client.exchange(`${head}User-Agent: ${id}\r\n\r\n`, method);
  return { id, port, request, response };
}

function authorityOf({ host, hasPort, isAbsolute }: WireRequest, port: number): string {
  return hasPort || isAbsolute ? `${host}:${port}` : host;
}

function explainSent({ port, request, id }: Sent): Explanation {
  const { method, target, isAbsolute, fields } = request;
  const authority = authorityOf(request, port);
  const headers = HeaderList.of(
    ['host', authority],
    ...fields.map(([name, value]): [string, string] => [name.toLowerCase(), value]),
    ['user-agent', id],
  );
  const url = `http://${isAbsolute ? authority : `127.0.0.1:${port}`}${target}`;
  return explain(snapshot, { method, url, headers });
}

function outcomeOf({ response, request }: Sent, record: LogRecord): Outcome {
  const field = (name: string): string | undefined => {
    const value = record[name];
    return typeof value === 'string' ? value : undefined;
  };
  const isEcho = field('endpoint') !== undefined && request.method !== 'HEAD';
  return {
    status: response.status,
    fault: field('fault'),
    listener: field('listener'),
    route: field('route'),
    rule: field('rule'),
    backend: field('backend'),
    endpoint: field('endpoint'),
    location: response.header('location'),
    forwarded: isEcho ? forwardedOf(response.json() as Echo) : undefined,
  };
}

function forwardedOf({ target, headers }: Echo): Outcome['forwarded'] {
  return { target, host: headers['host']?.replace(/:\d+$/v, '') ?? '' };
}

/** Chance chose between backends with a weight: explain has to have named the one that it fell to, with what it answers. */
function expectedOf({ answer, listener, rule, shares, method }: Explanation, chosen: string | undefined): Outcome {
  const used = shares.filter(({ weight }) => weight > 0);
  const share = used.find(({ label }) => label === chosen) ?? used[0];
  // The gateway records an only backend also where its weight of 0 keeps every request from it.
  const recorded = shares.length === 1 ? shares[0] : share;
  const at = { listener: listener?.name, route: rule?.route, rule: rule?.rule, backend: recorded?.label };
  return { ...NOTHING, ...at, ...expectedAnswer(share?.answer ?? answer, method, share?.endpoints[0]) };
}

const NOTHING = { fault: undefined, endpoint: undefined, location: undefined, forwarded: undefined };

function expectedAnswer(answer: Answer, method: string, endpoint: string | undefined): Partial<Outcome> & { status: number } {
  switch (answer.kind) {
    case 'forwarded': {
      const { host, path, query } = answer;
      const target = query === undefined ? path : `${path}?${query}`;
      return { status: 200, endpoint, forwarded: method === 'HEAD' ? undefined : { target, host } };
    }
    case 'replied':
      return { status: answer.status, location: answer.location };
    case 'refused':
      return { status: answer.status, fault: answer.code };
    case 'carried':
    case 'undecided':
    case 'unreachable':
      throw new Error(`every request was answered, and explain says: ${answer.detail}`);
  }
}

describe('explain and the gateway', () => {
  it('say the same of 1,400 random requests', async () => {
    const sent: Sent[] = [];
    for (const [i, port] of ports.entries()) {
      const requests = fc.sample(wireRequest, { seed: SEED + i, numRuns: REQUESTS_PER_CONFIGURATION });
      for (const [j, request] of requests.entries()) sent.push(await send(port, `request-${i}-${j}`, request));
    }
    await waitFor(() => weir.accessLog.length >= sent.length, { what: 'a line of the access log for each request' });

    const records = weir.accessLog;
    expect(records).toHaveLength(CONFIGURATION_COUNT * REQUESTS_PER_CONFIGURATION);
    const differences = sent.flatMap((one, index) => {
      const record = records[index] ?? {};
      // A request that could not be read has no fields in the log.
      expect([one.id, undefined]).toContain(record['user_agent']);
      const seen = outcomeOf(one, record);
      const said = expectedOf(explainSent(one), seen.backend);
      return isDeepStrictEqual(seen, said) ? [] : [{ id: one.id, request: one.request, seen, said }];
    });
    expect(differences, `seed ${SEED}`).toEqual([]);
    // A generator that reaches only one kind of answer would compare nothing.
    const statuses = new Set(sent.map(({ response }) => response.status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 500, 503]));
    expect([...statuses].some(status => status >= 300 && status < 400)).toBe(true);
  });
});
