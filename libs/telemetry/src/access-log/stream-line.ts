// SPDX-License-Identifier: Apache-2.0
import type { Served } from '@weir/base';
import type { StreamRecord } from '../streams/stream-record.ts';
import { decimalMs } from './decimal.ts';
import { clip, plainText } from './escape.ts';
import type { HumanLineFacts } from './human-line.ts';
import { MAX_FIELD_LENGTH, textField } from './text-field.ts';
import type { LineFacts } from './json-line.ts';

/** One stream as a JSON object and a line feed, in the fields of a request's line where they mean the same. */
export function formatStreamJsonLine(record: StreamRecord, { time, durationMs }: LineFacts): string {
  const { clientAddress, clientPort, serverName, protocol, served, attempts, bytesReceived, bytesSent } = record;
  const who = `${textField('client', clientAddress)},"client_port":${clientPort}${textField('source_identity', record.sourceIdentity)}`;
  const from = who + textField('server_name', serverName);
  const fault =
    record.fault === undefined ? '' : `${textField('fault', record.fault)}${textField('fault_detail', record.faultDetail)}`;
  const counts = `,"bytes_received":${bytesReceived},"bytes_sent":${bytesSent},"attempts":${attempts}`;
  const way = `${textField('listener', served.listener)}${textField('route', served.route)}${textField('rule', served.rule)}`;
  const end = `${textField('backend', served.backend)}${textField('revision', served.revision)}${textField('endpoint', served.endpoint)}`;
  return `{"time":"${time}"${from},"protocol":"${protocol}"${fault},"duration_ms":${decimalMs(durationMs)}${counts}${way}${end}}\n`;
}

/** `03:29:00.123  TCP  closed     12.3 ms  192.0.2.1 → shop/db:5432  120 B in, 4096 B out`. */
export function formatStreamHumanLine(record: StreamRecord, { time, durationMs, isColoured }: HumanLineFacts): string {
  const { protocol, served, fault } = record;
  const outcome = (fault === undefined ? 'closed' : 'failed').padEnd(OUTCOME_WIDTH);
  const who = [record.clientAddress, record.sourceIdentity, record.serverName].filter(name => name !== '').join(' ');
  const columns = [
    time.slice(11, -1),
    protocol,
    isColoured && fault !== undefined ? `\u001b[31m${outcome}\u001b[0m` : outcome,
    `${durationMs.toFixed(1)} ms`.padStart(DURATION_WIDTH),
    `${clip(who, MAX_FIELD_LENGTH).split(' ').map(plainText).join(' ')}${arrow(served)}`,
    `${record.bytesReceived} B in, ${record.bytesSent} B out`,
  ];
  const words = fault === undefined ? '' : `  ${fault}: ${plainText(clip(record.faultDetail, MAX_FIELD_LENGTH))}`;
  return `${columns.join('  ')}${words}\n`;
}

/** The columns of a request's line: status and method take as much room as protocol and outcome. */
const OUTCOME_WIDTH = 7;
const DURATION_WIDTH = 9;

function arrow({ backend, revision, route }: Served): string {
  const name = revision === '' ? backend || route : `${backend}~${revision}`;
  return name === '' ? '' : ` → ${plainText(name)}`;
}
