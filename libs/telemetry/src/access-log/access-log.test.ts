// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Exchange } from '@weir/base';
import { createManualClock, createTestExchange } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogWriter } from '../log-writer/log-writer.ts';
import { createAccessLog } from './access-log.ts';
import type { AccessLogOptions } from './access-log.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

function lineOf(exchange: Exchange, format: AccessLogOptions['format'] = 'json'): string {
  const lines: string[] = [];
  const writer: LogWriter = { write: line => void lines.push(line), droppedLineCount: () => 0, close: () => Promise.resolve() };
  createAccessLog({ format, writer, clock: createManualClock(Date.UTC(2026, 10, 24, 3, 29, 0, 7)) }).write(exchange, 12.3456);
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

function served(headers = new HeaderList()): Exchange {
  const exchange = createTestExchange({ request: { authority: 'shop.example:8080', headers } });
  return Object.assign(exchange, {
    requestId: 'r1',
    target: '/cart?x=1',
    status: 200,
    attempts: 1,
    upstreamMs: 4,
    bytesSent: 512,
    served: { listener: 'n/g/l', route: 'n/r', rule: '0', backend: 'n/s:80', revision: '', endpoint: '127.0.0.1:1' },
  });
}

describe('the JSON access log', () => {
  it('writes one object a line', () => {
    const headers = HeaderList.of(['user-agent', 'curl/8'], ['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`]);
    expect(lineOf(served(headers))).toBe(
      `{"time":"2026-11-24T03:29:00.007Z","request_id":"r1","trace_id":"${TRACE}","client":"192.0.2.1","method":"GET",` +
        '"host":"shop.example:8080","path":"/cart?x=1","protocol":"HTTP/1.1","status":200,"duration_ms":12.346,"upstream_ms":4.000,' +
        '"bytes_received":0,"bytes_sent":512,"attempts":1,"listener":"n/g/l","route":"n/r","rule":"0","backend":"n/s:80",' +
        '"endpoint":"127.0.0.1:1","user_agent":"curl/8"}\n',
    );
  });

  it('has the ids of the span that tracing gives the request, and of a trace that nobody records its own', () => {
    const headers = HeaderList.of(['traceparent', `00-${'c'.repeat(32)}-00f067aa0ba902b7-01`]);
    const trace = { traceId: TRACE, spanId: 'b'.repeat(16), route: '', attempt: () => undefined, end: () => undefined };
    const recorded = Object.assign(served(headers), { trace });
    expect(lineOf(recorded)).toContain(`"request_id":"r1","trace_id":"${TRACE}","span_id":"${'b'.repeat(16)}","client"`);
    const unrecorded = Object.assign(served(headers), { trace: { ...trace, spanId: '' } });
    expect(lineOf(unrecorded)).toContain(`"request_id":"r1","trace_id":"${TRACE}","client"`);
  });

  it('says what failed and leaves out what there is not', () => {
    const exchange = Object.assign(createTestExchange(), { target: '/', fault: 'client_closed', faultDetail: 'gone "early"' });
    expect(lineOf(exchange)).toBe(
      '{"time":"2026-11-24T03:29:00.007Z","client":"192.0.2.1","method":"GET","host":"shop.example","path":"/","protocol":"HTTP/1.1",' +
        '"status":499,"fault":"client_closed","fault_detail":"gone \\"early\\"","duration_ms":12.346,"bytes_received":0,"bytes_sent":0,' +
        '"attempts":0}\n',
    );
  });

  it('says how a gRPC call ended, be it well or not', () => {
    expect(lineOf(Object.assign(served(), { grpcStatus: 0 }))).toContain('"status":200,"grpc_status":0,"duration_ms"');
    const failed = Object.assign(served(), { grpcStatus: 14, fault: 'no_endpoints', faultDetail: 'none ready' });
    expect(lineOf(failed)).toContain('"status":200,"grpc_status":14,"fault":"no_endpoints","fault_detail":"none ready"');
  });

  it('always parses back to what was sent, on one line of harmless characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
        (target, agent) => {
          const line = lineOf(Object.assign(served(HeaderList.of(['user-agent', agent])), { target }));
          expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
          expect(JSON.parse(line)).toMatchObject({ path: target, user_agent: agent });
        },
      ),
    );
  });

  it.each(['\u007f', '\u009b', '\u2028', '\u2029'])('escapes %j, which JSON would let pass', char => {
    const escaped = `/\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
    expect(lineOf(Object.assign(served(), { target: `/${char}` }))).toContain(`"path":"${escaped}"`);
  });

  it('escapes what is no Unicode text, and cuts what is too long', () => {
    expect(lineOf(Object.assign(served(), { target: '/\ud800' }))).toContain('"path":"/\\ud800"');
    expect(JSON.parse(lineOf(Object.assign(served(), { target: 'a'.repeat(9_999) })))).toMatchObject({
      path: `${'a'.repeat(4_096)}…`,
    });
  });

  it('never holds credentials', () => {
    const names = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key'];
    const headers = HeaderList.of(...names.map(name => [name, 'secret-value'] as const));
    expect(lineOf(served(headers))).not.toContain('secret-value');
  });

  it.each(['', 'zz', `ff-${TRACE}-00f067aa0ba902b7-01`, `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])(
    'takes no trace id from %j',
    value => {
      expect(lineOf(served(HeaderList.of(['traceparent', value])))).not.toContain('trace_id');
    },
  );
});

describe('the access log for people', () => {
  it('lines up what can line up', () => {
    expect(lineOf(served(), 'human')).toBe('03:29:00.007  200  GET        12.3 ms  shop.example:8080/cart?x=1 → n/s:80\n');
  });

  it('says which revision a request went to, also after others of its way', () => {
    const divided = (revision: string) => {
      const exchange = served();
      exchange.served.revision = revision;
      return exchange;
    };
    expect(lineOf(divided('7d9f'), 'human')).toMatch(/→ n\/s:80~7d9f\n$/);
    expect(lineOf(divided('7d9f'), 'json')).toContain('"backend":"n/s:80","revision":"7d9f","endpoint":"127.0.0.1:1"');
    expect(lineOf(divided(''), 'json')).not.toContain('revision');
  });

  it('colours the status where it is asked to', () => {
    expect(lineOf(served(), 'coloured')).toContain('  \u001b[32m200\u001b[0m  GET');
    expect(
      lineOf(Object.assign(served(), { status: 503, fault: 'no_endpoints', faultDetail: 'none ready' }), 'coloured'),
    ).toMatch(/\u001b\[31m503\u001b\[0m .* {2}no_endpoints: "none ready"\n$/);
  });

  it('lets no request drive the terminal or write a line', () => {
    const line = lineOf(Object.assign(served(), { target: '/\u001b[2J\u009b1A\nfake' }), 'human');
    expect(line).toContain('"shop.example:8080/\\u001b[2J\\u009b1A\\nfake"');
  });
});
