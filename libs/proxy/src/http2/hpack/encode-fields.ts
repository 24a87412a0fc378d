// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import { encodeField } from './encoder.ts';

/** Fields as part of a header block, in latin1 text. */
export function encodeFields({ names, values }: HeaderList): string {
  let block = '';
  for (let i = 0; i < names.length; i++) block += encodeField(names[i]!, values[i]!);
  return block;
}
