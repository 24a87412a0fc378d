// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { says } from '../strict-object.ts';

const PATH = /^\/(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$/;

/** Where a service is asked: a path without query. */
export const servicePath = z.string().max(1024).regex(PATH, says('is no path', 'write one such as /verify'));
