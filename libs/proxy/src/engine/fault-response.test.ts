// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { faultResponse } from './fault-response.ts';

function answer(fault: Fault, accept?: string): { status: number; type: string | undefined; text: string; headers: HeaderList } {
  const exchange = createTestExchange({
    request: { headers: accept === undefined ? new HeaderList() : HeaderList.of(['accept', accept]) },
  });
  exchange.requestId = 'abc-1';
  const { head, body } = faultResponse(fault, exchange);
  expect(head.contentLength).toBe(body.length);
  return { status: head.status, type: head.headers.get('content-type'), text: body.toString(), headers: head.headers };
}

describe('the answer to a fault', () => {
  const denied = new Fault('access_denied', 'rule secret-rule denies it');

  it.each([undefined, '*/*', 'application/json', 'application/json, text/html', 'text/plain'])('is a problem for %s', accept => {
    const { status, type, text } = answer(denied, accept);
    expect([status, type]).toEqual([403, 'application/problem+json']);
    expect(JSON.parse(text)).toEqual({ title: 'Forbidden', status: 403, code: 'access_denied', requestId: 'abc-1' });
  });

  it('is a page for browsers', () => {
    const { status, type, text } = answer(denied, 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8');
    expect([status, type]).toEqual([403, 'text/html; charset=utf-8']);
    for (const part of ['<h1>Forbidden</h1>', 'access_denied', 'abc-1']) expect(text).toContain(part);
  });

  it('tells nothing of the reason', () => {
    for (const accept of ['text/html', '*/*']) expect(answer(denied, accept).text).not.toContain('secret-rule');
  });

  it('has the fields that the fault brings, each as often as it comes', () => {
    const headers = HeaderList.of(['www-authenticate', 'Bearer'], ['www-authenticate', 'ApiKey']);
    expect(answer(new Fault('unauthenticated', 'no', { headers })).headers.getJoined('www-authenticate')).toBe('Bearer, ApiKey');
  });

  it.each([
    ['receiver', 'upstream_connect_failed', 'upstream_connect_failed', undefined],
    ['receiver', 'load_shed', undefined, '1'],
    ['caller', 'upstream_connect_failed', undefined, '1'],
    [undefined, 'upstream_connect_failed', undefined, '1'],
  ] as const)('of a %s says of %s to its caller what it can try again by itself', (meshSide, code, told, retryAfter) => {
    const exchange = createTestExchange();
    exchange.meshSide = meshSide;
    const { headers } = faultResponse(new Fault(code, 'no'), exchange).head;
    expect([headers.get('weir-fault'), headers.get('retry-after')]).toEqual([told, retryAfter]);
  });
});
