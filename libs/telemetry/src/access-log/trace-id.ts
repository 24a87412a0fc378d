// SPDX-License-Identifier: Apache-2.0

/** W3C Trace Context §3.2.2: version, trace id, parent id, flags; later versions may append more. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

const NO_TRACE = '0'.repeat(32);

/** The trace's id, '' where the field is absent or invalid. */
export function traceIdFromTraceparent(traceparent: string | undefined): string {
  if (traceparent === undefined) return '';
  const id = TRACEPARENT.exec(traceparent)?.[1];
  return id === undefined || id === NO_TRACE ? '' : id;
}
