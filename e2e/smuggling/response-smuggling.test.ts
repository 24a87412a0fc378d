// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from 'vitest';
import { answering, PeerEnded, type RawClient, type RawRequest, type UpstreamConnection, waitFor } from '@weir/testing';
import { head, SMUGGLED } from './corpus/request-case.ts';
import { STOLEN, type ResponseCase } from './corpus/response-case.ts';
import { RESPONSE_CASES } from './corpus/response-cases.ts';
import { describingReply, type Lab, startLab } from './lab.ts';

const CASE_PATH = '/case/';

describe('response smuggling', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(answering(answerCase));
    return () => lab[Symbol.asyncDispose]();
  });

  it.each(RESPONSE_CASES.map((testCase, index) => ({ ...testCase, index })))('$name', async testCase => {
    lab.forget();
    await using client = await lab.connect();
    await client.send(head(`${testCase.method} ${CASE_PATH}${testCase.index} HTTP/1.1`, 'Connection: close'));
    expect(await readAnswer(client, testCase)).toEqual(testCase.expected === 'cut off' ? 'cut off' : testCase.expected);
    // Nobody else may get what was left behind.
    const probes = [await lab.probe('/probe-1'), await lab.probe('/probe-2'), await lab.probe('/probe-3')];
    expect(probes).toEqual(['200 GET /probe-1', '200 GET /probe-2', '200 GET /probe-3']);
    expect(lab.complaints).toEqual([]);
  });

  it('drops a connection on which an idle backend speaks', async () => {
    lab.forget();
    expect(await lab.probe('/idle')).toBe('200 GET /idle');
    const [connection] = lab.upstream.connections.filter(({ socket }) => !socket.closed);
    if (connection === undefined) throw new Error('the backend has no open connection');
    await connection.send(STOLEN);
    await waitFor(() => connection.socket.closed, { what: 'the gateway to drop the connection' });
    expect(await lab.probe('/after')).toBe('200 GET /after');
  });
});

describe('a backend that answers before the request is complete', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(answerHeads);
    return () => lab[Symbol.asyncDispose]();
  });

  it('never finds the rest of a body where the next request should be', async () => {
    await using client = await lab.connect();
    await client.send(head('POST /early HTTP/1.1', `Content-Length: ${SMUGGLED.length + 5}`), 'begin');
    expect((await client.readResponse()).status).toBe(200);
    await client.send(SMUGGLED).catch(() => undefined);
    expect([await lab.probe('/probe-1'), await lab.probe('/probe-2')]).toEqual(['200 GET /probe-1', '200 GET /probe-2']);
    expect(lab.seen).toEqual(['POST /early', 'GET /probe-1', 'GET /probe-2']);
    expect(lab.complaints).toEqual([]);
  });
});

/** Answers each head at once and takes what follows it for the next head: bodies in between would be complained about. */
async function answerHeads(connection: UpstreamConnection): Promise<void> {
  while (await connection.reader.hasMore()) await connection.send(describingReply(await connection.readRequestHead()));
}

/** Plays the case that the path names; all else is the lab's to answer. */
async function answerCase(seen: RawRequest, connection: UpstreamConnection): Promise<string> {
  const { target } = seen;
  if (!target.startsWith(CASE_PATH)) return describingReply(seen);
  const testCase = RESPONSE_CASES[Number(target.slice(CASE_PATH.length))];
  if (testCase === undefined) throw new Error(`no case ${target}`);
  await connection.send(...testCase.parts);
  if (testCase.ends) connection.end();
  return '';
}

/** What the client made of it, in the terms of the case. */
async function readAnswer(client: RawClient, { method, expected }: ResponseCase): Promise<unknown> {
  try {
    const answer = await client.readResponse(method);
    const { bytes } = await client.readUntilClose();
    expect(bytes.toString('latin1')).toBe('');
    if (expected === 'cut off' || expected.body === undefined) return { status: answer.status };
    const fields = Object.fromEntries(Object.keys(expected.fields ?? {}).map(name => [name, answer.header(name)]));
    return { status: answer.status, body: answer.text, ...(expected.fields === undefined ? {} : { fields }) };
  } catch (error) {
    if (error instanceof PeerEnded) return 'cut off';
    throw error;
  }
}
