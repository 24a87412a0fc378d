// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { RefusalRecord } from '../refusals/refusal-record.ts';
import { formatRefusalHumanLine, formatRefusalJsonLine } from './refusal-line.ts';

const RECORD: RefusalRecord = {
  port: 'port/127.0.0.1/443',
  protocol: 'TLS',
  clientAddress: '192.0.2.1',
  clientPort: 4711,
  fault: 'route_not_found',
  faultDetail: 'no listener has the server name "x"\n\u001b[2J',
};
const FACTS = { time: '2026-11-24T03:29:00.007Z', omittedCount: 0 };

describe('a refused connection in the access log', () => {
  it('is one JSON object a line, whatever the client said', () => {
    expect(formatRefusalJsonLine(RECORD, FACTS)).toBe(
      '{"time":"2026-11-24T03:29:00.007Z","client":"192.0.2.1","client_port":4711,"port":"port/127.0.0.1/443","protocol":"TLS",' +
        '"fault":"route_not_found","fault_detail":"no listener has the server name \\"x\\"\\n\\u001b[2J"}\n',
    );
  });

  it('tells of those that have no line', () => {
    expect(JSON.parse(formatRefusalJsonLine(RECORD, { ...FACTS, omittedCount: 12 }))).toMatchObject({ omitted: 12 });
    const line = formatRefusalHumanLine({ ...RECORD, faultDetail: 'x' }, { ...FACTS, omittedCount: 12, isColoured: false });
    expect(line).toBe('03:29:00.007  TLS  refused             192.0.2.1 → port/127.0.0.1/443  route_not_found: x  12 more\n');
  });

  it('drives no terminal, but for the colour where it is wanted', () => {
    const line = formatRefusalHumanLine(RECORD, { ...FACTS, isColoured: true });
    expect(line).toContain('\u001b[31mrefused\u001b[0m');
    expect(line).toContain('route_not_found: "no listener has the server name \\"x\\"\\n\\u001b[2J"\n');
  });
});
