// SPDX-License-Identifier: Apache-2.0
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import { BodyReader } from './body-reader.ts';
import { createWebhookHandler } from './webhook-handler.ts';

const REVIEW = JSON.stringify({
  ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
  request: { uid: 'u', operation: 'CREATE', namespace: 'gone', object: {} },
});

function open(reason: string) {
  const clock = createManualClock(0);
  const notes: string[] = [];
  const handle = createWebhookHandler({
    webhooks: new Map([['/inject', () => Promise.reject(new Error(reason))]]),
    bodies: new BodyReader({ maxBytes: 10_000, maxAllBytes: 10_000 }),
    clock,
    onNote: text => void notes.push(text),
  });
  const ask = async (url: string): Promise<number> => {
    const request = new IncomingMessage(new Socket());
    [request.method, request.url, request.complete] = ['POST', url, true];
    request.push(REVIEW);
    request.push(null);
    const response = new ServerResponse(request);
    await handle(request, response);
    return response.statusCode;
  };
  return { clock, notes, ask };
}

it('tells of ten requests a second that it cannot answer, and how many more there were: anybody can ask about what is not there', async () => {
  const { clock, notes, ask } = open('namespaces "gone" not found');
  const statuses = new Set<number>();
  for (let asked = 0; asked < 25; asked++) statuses.add(await ask('/inject'));
  expect([...statuses]).toEqual([500]);
  expect(notes).toEqual(new Array(10).fill('/inject cannot be answered: namespaces "gone" not found'));
  clock.advance(1000);
  expect(notes.slice(10)).toEqual(['15 more requests of webhooks within a second could not be answered']);
  await ask('/inject');
  expect(notes.at(-1)).toBe('/inject cannot be answered: namespaces "gone" not found');
});

it('tells what cannot be answered in few words, however many who asks has written', async () => {
  const { notes, ask } = open(`namespaces "${'x'.repeat(5000)}" not found`);
  await ask(`/inject?${'y'.repeat(5000)}`);
  expect(notes[0]).toMatch(/^\/inject cannot be answered: namespaces "x+$/v);
  expect(notes[0]?.length).toBe(500);
});
