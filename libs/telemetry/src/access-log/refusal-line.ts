// SPDX-License-Identifier: Apache-2.0
import type { RefusalRecord } from '../refusals/refusal-record.ts';
import { clip, plainText } from './escape.ts';
import { MAX_FIELD_LENGTH, textField } from './text-field.ts';

/** What a line says beside the record. */
export interface RefusalFacts {
  /** RFC 3339. */
  readonly time: string;
  /** Refusals of the port since its last line that have none. */
  readonly omittedCount: number;
}

/** One refused connection as a JSON object and a line feed, in the fields of a stream's line where they mean the same. */
export function formatRefusalJsonLine(record: RefusalRecord, { time, omittedCount }: RefusalFacts): string {
  const { port, protocol, clientAddress, clientPort, fault, faultDetail } = record;
  const from = `${textField('client', clientAddress)},"client_port":${clientPort}${textField('port', port)}`;
  const omitted = omittedCount === 0 ? '' : `,"omitted":${omittedCount}`;
  return `{"time":"${time}"${from},"protocol":"${protocol}","fault":"${fault}"${textField('fault_detail', faultDetail)}${omitted}}\n`;
}

/** `03:29:00.123  TLS  refused               192.0.2.1 → port/127.0.0.1/443  route_not_found: "no listener …"  12 more`. */
export function formatRefusalHumanLine(
  { port, protocol, clientAddress, fault, faultDetail }: RefusalRecord,
  { time, omittedCount, isColoured }: RefusalFacts & { readonly isColoured: boolean },
): string {
  const columns = [
    time.slice(11, -1),
    protocol.padEnd(PROTOCOL_WIDTH),
    isColoured ? '\u001b[31mrefused\u001b[0m' : 'refused',
    // There is no duration that would say anything.
    ' '.repeat(DURATION_WIDTH),
    `${plainText(clip(clientAddress, MAX_FIELD_LENGTH))} → ${plainText(port)}`,
    `${fault}: ${plainText(clip(faultDetail, MAX_FIELD_LENGTH))}`,
    ...(omittedCount === 0 ? [] : [`${omittedCount} more`]),
  ];
  return `${columns.join('  ')}\n`;
}

const PROTOCOL_WIDTH = 3;
const DURATION_WIDTH = 9;
