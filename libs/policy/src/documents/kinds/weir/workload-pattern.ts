// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { says } from '../strict-object.ts';

/** A DNS-1123 label, and behind the slash the DNS-1123 subdomain that the name of a ServiceAccount is, or all of them. */
const PATTERN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\/(?:\*|[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?)$/;
/** A namespace of 63 characters, the slash, and a name of 253. */
const MAX_LENGTH = 317;

/** Who runs a workload, or all of a namespace: `shop/cart`, `shop/*`. */
export const workloadPattern = z
  .string()
  .max(MAX_LENGTH)
  .regex(PATTERN, says('is no identity of a workload', 'write NAMESPACE/SERVICE-ACCOUNT, or NAMESPACE/* for all of a namespace'));
