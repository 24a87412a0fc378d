// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../streams/stream-record.ts';
import { formatStreamHumanLine, formatStreamJsonLine } from './stream-line.ts';

const RECORD: StreamRecord = {
  protocol: 'TLS',
  clientAddress: '192.0.2.1',
  clientPort: 4711,
  sourceIdentity: '',
  startedMs: 0,
  serverName: 'db.example',
  served: { listener: 'n/g/l', route: 'n/r', rule: '0', backend: 'n/db:5432', revision: '', endpoint: '127.0.0.1:1' },
  attempts: 1,
  bytesReceived: 120,
  bytesSent: 4096,
  fault: undefined,
  faultDetail: '',
};
const UNSERVED: StreamRecord = {
  ...RECORD,
  serverName: '',
  protocol: 'TCP',
  served: { listener: 'n/g/l', route: '', rule: '', backend: '', revision: '', endpoint: '' },
  attempts: 0,
  bytesReceived: 0,
  bytesSent: 0,
  fault: 'route_not_found',
  faultDetail: 'no rule "here"',
};
const FACTS = { time: '2026-11-24T03:29:00.007Z', durationMs: 12.3456 };

describe('a stream in the JSON access log', () => {
  it('is one object a line', () => {
    expect(formatStreamJsonLine(RECORD, FACTS)).toBe(
      '{"time":"2026-11-24T03:29:00.007Z","client":"192.0.2.1","client_port":4711,"server_name":"db.example","protocol":"TLS",' +
        '"duration_ms":12.346,"bytes_received":120,"bytes_sent":4096,"attempts":1,"listener":"n/g/l","route":"n/r",' +
        '"rule":"0","backend":"n/db:5432","endpoint":"127.0.0.1:1"}\n',
    );
  });

  it('says who called where a certificate of the mesh tells', () => {
    const line = formatStreamJsonLine({ ...RECORD, sourceIdentity: 'shop/checkout' }, FACTS);
    expect(JSON.parse(line)).toMatchObject({ client: '192.0.2.1', source_identity: 'shop/checkout' });
  });

  it('says what failed and leaves out what there is not', () => {
    expect(formatStreamJsonLine(UNSERVED, FACTS)).toBe(
      '{"time":"2026-11-24T03:29:00.007Z","client":"192.0.2.1","client_port":4711,"protocol":"TCP","fault":"route_not_found",' +
        '"fault_detail":"no rule \\"here\\"","duration_ms":12.346,"bytes_received":0,"bytes_sent":0,"attempts":0,"listener":"n/g/l"}\n',
    );
  });
});

describe('a stream in the access log for people', () => {
  it('lines up with requests', () => {
    expect(formatStreamHumanLine(RECORD, { ...FACTS, isColoured: false })).toBe(
      '03:29:00.007  TLS  closed     12.3 ms  192.0.2.1 db.example → n/db:5432  120 B in, 4096 B out\n',
    );
  });

  it('says what failed, in red where that shows', () => {
    expect(formatStreamHumanLine(UNSERVED, { ...FACTS, isColoured: true })).toBe(
      '03:29:00.007  TCP  \u001b[31mfailed \u001b[0m    12.3 ms  192.0.2.1  0 B in, 0 B out  route_not_found: "no rule \\"here\\""\n',
    );
  });

  it('lets no server name drive the terminal', () => {
    const line = formatStreamHumanLine({ ...RECORD, serverName: '\u001b[2J' }, { ...FACTS, isColoured: false });
    expect(line).toContain('"\\u001b[2J"');
  });
});
