// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError } from '@connectrpc/connect';
import type { StreamEnd } from './protocol.ts';

/** Trailer that says why, beside the status that every gRPC client knows. */
const REASON_FIELD = 'weir-end';

const CODES: Readonly<Record<StreamEnd['reason'], Code>> = {
  age: Code.Unavailable,
  behind: Code.Unavailable,
  lost: Code.Unavailable,
  overflow: Code.ResourceExhausted,
  refused: Code.FailedPrecondition,
  starting: Code.Unavailable,
};

export function errorFromEnd({ reason, detail }: StreamEnd): ConnectError {
  return new ConnectError(detail, CODES[reason], { [REASON_FIELD]: reason });
}

export function endFromError(error: unknown): StreamEnd {
  const { metadata, rawMessage } = ConnectError.from(error);
  const reason = metadata.get(REASON_FIELD);
  return { reason: isReason(reason) ? reason : 'lost', detail: rawMessage };
}

function isReason(text: string | null): text is StreamEnd['reason'] {
  return text !== null && Object.hasOwn(CODES, text);
}
