// SPDX-License-Identifier: Apache-2.0
import { base64Map } from './base64-map.ts';
import { textMap } from './fields.ts';
import { ignored } from './strict-object.ts';

/** v1 ConfigMap. */
export const configMapBody = {
  data: textMap.nullish(),
  binaryData: base64Map.nullish(),
  immutable: ignored,
};
