// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '@weir/testing';
import { CHUNK_CASES } from './corpus/chunk-cases.ts';
import { CONNECTION_CASES } from './corpus/connection-cases.ts';
import { FRAMING_CASES } from './corpus/framing-cases.ts';
import { LINE_CASES } from './corpus/line-cases.ts';
import { head, type RequestCase } from './corpus/request-case.ts';
import { TARGET_CASES } from './corpus/target-cases.ts';
import { describeRequest, type Lab, startLab } from './lab.ts';

const LAST = 'GET /last';
const PROBE = 'GET /probe';

const GROUPS: Readonly<Record<string, readonly RequestCase[]>> = {
  framing: FRAMING_CASES,
  chunks: CHUNK_CASES,
  lines: LINE_CASES,
  targets: TARGET_CASES,
  connections: CONNECTION_CASES,
};

describe('request smuggling', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
    return () => lab[Symbol.asyncDispose]();
  });

  describe.each(Object.entries(GROUPS))('by %s', (_, cases) => {
    it.each(cases)('$name', async testCase => {
      lab.forget();
      await using client = await lab.connect();
      await sendAll(client, testCase);
      expect(await readStatuses(client, testCase.answers.length)).toEqual(testCase.answers);
      if (testCase.closes) await expectClosed(client);
      else await expectUsable(client);
      // The backend's connections are shared: whatever was left on one would show in somebody else's answer.
      expect([await lab.probe('/probe'), await lab.probe('/probe')]).toEqual([`200 ${PROBE}`, `200 ${PROBE}`]);
      const expected = [...testCase.seen, ...(testCase.closes ? [] : [LAST]), PROBE, PROBE];
      expect(lab.upstream.requests.map(describeRequest).toSorted()).toEqual(expected.toSorted());
      expectFields(lab, testCase);
      await lab.findInLog(lab.upstream.requests);
      expect(lab.complaints).toEqual([]);
    });
  });
});

describe('the corpus', () => {
  it('has at least 80 cases, each with a name of its own', () => {
    const names = Object.values(GROUPS).flatMap(cases => cases.map(({ name }) => name));
    expect(names.length).toBeGreaterThanOrEqual(80);
    expect(new Set(names).size).toBe(names.length);
  });
});

/** The gateway may refuse and close before it has read everything: that is no failure of the sender. */
async function sendAll(client: RawClient, { bytes, endsWriting }: RequestCase): Promise<void> {
  await client.send(bytes).catch(() => undefined);
  if (endsWriting === true) client.endWriting();
}

async function readStatuses(client: RawClient, count: number): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let answer = 0; answer < count; answer++) statuses.push((await client.readResponse()).status);
  return statuses;
}

async function expectClosed(client: RawClient): Promise<void> {
  const { bytes } = await client.readUntilClose();
  expect(bytes.toString('latin1')).toBe('');
}

/** The next request on the same connection gets its own answer, and no other answer comes behind it. */
async function expectUsable(client: RawClient): Promise<void> {
  const answer = await client.exchange(head('GET /last HTTP/1.1', 'Connection: close'));
  expect(`${answer.status} ${answer.text}`).toBe(`200 ${LAST}`);
  await expectClosed(client);
}

function expectFields({ upstream }: Lab, { fields = {} }: RequestCase): void {
  const [first] = upstream.requests;
  for (const [name, value] of Object.entries(fields)) expect([name, first?.header(name)]).toEqual([name, value]);
}
