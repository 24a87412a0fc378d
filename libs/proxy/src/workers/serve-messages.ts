// SPDX-License-Identifier: Apache-2.0
import type { MessagePort } from 'node:worker_threads';
import type { AnswerOf, FromWorker, RequestKind, ToWorker } from './worker-messages.ts';

/** Answers the main thread's requests with what `handle` gives. */
export function serveMessages(port: MessagePort, handle: (message: ToWorker) => Promise<AnswerOf<RequestKind>>): void {
  const send = (message: FromWorker): void => port.postMessage(message);
  port.on('message', (message: ToWorker) => {
    handle(message).then(
      answer => send({ id: message.id, answer }),
      (error: unknown) => send({ id: message.id, failure: failureFrom(error) }),
    );
  });
}

function failureFrom(error: unknown): { readonly message: string; readonly code: string } {
  if (!(error instanceof Error)) return { message: String(error), code: '' };
  return { message: error.message, code: 'code' in error ? String(error.code) : '' };
}
