// SPDX-License-Identifier: Apache-2.0
import type { Clock, Exchange } from '@weir/base';
import type { LogWriter } from '../log-writer/log-writer.ts';
import { formatHumanLine } from './human-line.ts';
import { formatJsonLine } from './json-line.ts';
import { formatStreamHumanLine, formatStreamJsonLine } from './stream-line.ts';
import type { RefusalRecord } from '../refusals/refusal-record.ts';
import { formatRefusalHumanLine, formatRefusalJsonLine } from './refusal-line.ts';
import type { StreamRecord } from '../streams/stream-record.ts';
import type { StoreRecord } from '../stores/store-record.ts';
import { formatStoreHumanLine, formatStoreJsonLine } from './store-line.ts';
import { createTimestamp } from './timestamp.ts';

/** Takes one line per request, one per connection that was carried whole or refused, and one for each change of a store. */
export interface AccessLog {
  write(exchange: Exchange, durationMs: number): void;
  writeStream(record: StreamRecord, durationMs: number): void;
  /** `omittedCount`: refusals of the port since its last line that have none. */
  writeRefusal(record: RefusalRecord, omittedCount: number): void;
  writeStore(record: StoreRecord): void;
  /** Lines lost since the start. */
  droppedLineCount(): number;
}

export interface AccessLogOptions {
  /** `json`: one object a line, for machines; `human`: aligned columns, for a terminal. */
  readonly format: 'json' | 'human' | 'coloured';
  readonly writer: LogWriter;
  readonly clock: Clock;
}

/**
 * Neither form holds a header but User-Agent, and of traceparent the trace's id: credentials and cookies never reach the log.
 * What clients sent is escaped, so that no request can write lines of its own or drive a terminal.
 */
export function createAccessLog({ format, writer, clock }: AccessLogOptions): AccessLog {
  const timestamp = createTimestamp();
  const isColoured = format === 'coloured';
  const formatLine =
    format === 'json'
      ? formatJsonLine
      : (exchange: Exchange, line: { readonly time: string; readonly durationMs: number }) =>
          formatHumanLine(exchange, { ...line, isColoured });
  return {
    write(exchange, durationMs) {
      writer.write(formatLine(exchange, { time: timestamp(clock.wallMs()), durationMs }));
    },
    writeStream(record, durationMs) {
      const time = timestamp(clock.wallMs());
      writer.write(
        format === 'json'
          ? formatStreamJsonLine(record, { time, durationMs })
          : formatStreamHumanLine(record, { time, durationMs, isColoured }),
      );
    },
    writeRefusal(record, omittedCount) {
      const facts = { time: timestamp(clock.wallMs()), omittedCount };
      writer.write(
        format === 'json' ? formatRefusalJsonLine(record, facts) : formatRefusalHumanLine(record, { ...facts, isColoured }),
      );
    },
    writeStore(record) {
      const time = timestamp(clock.wallMs());
      writer.write(format === 'json' ? formatStoreJsonLine(record, time) : formatStoreHumanLine(record, { time, isColoured }));
    },
    droppedLineCount: () => writer.droppedLineCount(),
  };
}
