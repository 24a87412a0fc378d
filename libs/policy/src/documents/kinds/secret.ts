// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { base64Map } from './base64-map.ts';
import { textMap } from './fields.ts';
import { ignored } from './strict-object.ts';

/** v1 Secret. `stringData` wins over `data` where both have a key. */
export const secretBody = {
  type: z.string().default('Opaque'),
  data: base64Map.nullish(),
  stringData: textMap.nullish(),
  immutable: ignored,
};
