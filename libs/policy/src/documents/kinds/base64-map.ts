// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { says } from './strict-object.ts';

/** YAML's block scalars put line ends into base64; Kubernetes' decoder takes them, so they count as nothing. */
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

function isBase64(text: string): boolean {
  return BASE64.test(text) && text.replaceAll(/\s/g, '').length % 4 === 0;
}

/** Values in base64 (RFC 4648 §4). */
export const base64Map = z.record(
  z.string(),
  z.string().refine(isBase64, says('is no base64', 'write plain text under stringData, or encode it with base64')),
);
