// SPDX-License-Identifier: Apache-2.0
import { parseTraceparent } from '../traces/trace-context.ts';

/** The trace's id, '' where the field is absent or invalid. */
export function traceIdFromTraceparent(traceparent: string | undefined): string {
  return traceparent === undefined ? '' : (parseTraceparent(traceparent)?.traceId ?? '');
}
