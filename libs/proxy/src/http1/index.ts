// SPDX-License-Identifier: Apache-2.0
export { createRequestReader } from './request-reader.ts';
export type { RequestEvents } from './request-reader.ts';
export { createResponseReader } from './response-reader.ts';
export type { ResponseEvents } from './response-reader.ts';
export type { ParsedRequest } from './request-head.ts';
export type { ParsedResponse } from './response-head.ts';
export { CHUNKED, UNTIL_CLOSE } from './framing.ts';
export { requestHeadFromParsed } from './request-target.ts';
export { defaultLimits } from '../engine/settings.ts';
export type { Limits } from '../engine/settings.ts';
