// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { says } from '../strict-object.ts';

const PARAMETER = /^[\w.~-]+$/;

/** Name of a query parameter or cookie that carries a credential. */
export const parameterName = z
  .string()
  .min(1)
  .max(128)
  .regex(PARAMETER, says('is no name of a parameter or cookie', 'write letters, digits and any of _.~-'));
