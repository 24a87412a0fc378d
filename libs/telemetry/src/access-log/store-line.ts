// SPDX-License-Identifier: Apache-2.0
import type { StoreRecord } from '../stores/store-record.ts';
import { clip, plainText } from './escape.ts';
import { MAX_FIELD_LENGTH, textField } from './text-field.ts';

/** One change of a store as a JSON object and a line feed. `time`: RFC 3339. */
export function formatStoreJsonLine({ store, state, detail }: StoreRecord, time: string): string {
  return `{"time":"${time}"${textField('rate_limit_store', store)},"state":"${state}"${textField('detail', detail)}}\n`;
}

/** `03:29:00.123  STORE  lost      redis://10.0.0.7:6379/0  no answer within 100 ms`. */
export function formatStoreHumanLine(
  { store, state, detail }: StoreRecord,
  { time, isColoured }: { readonly time: string; readonly isColoured: boolean },
): string {
  const padded = state.padEnd('returned'.length);
  const shown = isColoured && state === 'lost' ? `\u001b[31m${padded}\u001b[0m` : padded;
  const columns = [time.slice(11, -1), 'STORE', shown, plainText(store), plainText(clip(detail, MAX_FIELD_LENGTH))];
  return `${columns.join('  ').trimEnd()}\n`;
}
