// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import { FORWARDING_FIELDS } from '@weir/base';

/** The Connection field, understood (RFC 9110 §7.6.1). */
export interface ConnectionOptions {
  readonly isClose: boolean;
  readonly isKeepAlive: boolean;
  readonly isUpgrade: boolean;
}

const NONE: ConnectionOptions = { isClose: false, isKeepAlive: false, isUpgrade: false };
const CLOSE: ConnectionOptions = { isClose: true, isKeepAlive: false, isUpgrade: false };
const KEEP_ALIVE: ConnectionOptions = { isClose: false, isKeepAlive: true, isUpgrade: false };

/**
 * Fields that a client must not make disappear by naming them here: what a proxy in front has said of it, who it is, and what the
 * message is about is for the backend (RFC 9110 §7.6.1 forbids senders to name such fields).
 */
const END_TO_END: ReadonlySet<string> = new Set([
  ...FORWARDING_FIELDS,
  'accept',
  'authorization',
  'baggage',
  'cache-control',
  'content-encoding',
  'content-type',
  'cookie',
  'date',
  'etag',
  'origin',
  'set-cookie',
  'traceparent',
  'tracestate',
  'user-agent',
  'via',
]);

/** RFC 9110 §5.6.3: SP and HTAB only; String.trim would take a no-break space too. */
const OPTIONAL_WHITE_SPACE = /^[ \t]+|[ \t]+$/g;

/** Understands the field and removes from `headers` the fields that it names: they were meant for this hop only. */
export function takeConnectionOptions(value: string | undefined, headers: HeaderList): ConnectionOptions {
  if (value === undefined) return NONE;
  if (value === 'keep-alive' || value === 'Keep-Alive') return KEEP_ALIVE;
  if (value === 'close') return CLOSE;
  const options = { isClose: false, isKeepAlive: false, isUpgrade: false };
  for (const part of value.split(',')) {
    const option = part.replace(OPTIONAL_WHITE_SPACE, '').toLowerCase();
    if (option === 'close') options.isClose = true;
    else if (option === 'keep-alive') options.isKeepAlive = true;
    else if (option === 'upgrade') options.isUpgrade = true;
    else if (!END_TO_END.has(option)) headers.remove(option);
  }
  return options;
}
