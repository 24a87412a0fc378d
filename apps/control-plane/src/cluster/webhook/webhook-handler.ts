// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http';
import { reasonWords } from '@weir/base';
import type { Clock } from '@weir/base';
import { formatAdmission, parseAdmissionReview } from '@weir/kubernetes';
import type { Admission, AdmissionRequest } from '@weir/kubernetes';
import { tenASecond } from '../../ten-a-second.ts';
import { BodyTooLarge } from './body-reader.ts';
import type { BodyReader } from './body-reader.ts';

/** Decides about one object; rejects where it cannot, which leaves it to the webhook's failurePolicy. */
export type Admit = (request: AdmissionRequest) => Admission | Promise<Admission>;

export interface WebhookHandlerOptions {
  /** By path. */
  readonly webhooks: ReadonlyMap<string, Admit>;
  readonly bodies: BodyReader;
  readonly clock: Clock;
  /** Told where nothing could be decided, ten times a second at most, and then how many more there were; must not throw. */
  readonly onNote: (text: string) => void;
}

/** Answers in words where it does not do what it was asked for. */
class Unanswerable extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A name in a review, which may be as long as a body, stands in what the API server says of it. */
const MAX_WORDS = 500;

/** Serves webhooks: an AdmissionReview comes in, and one goes out. Never rejects. */
export function createWebhookHandler(options: WebhookHandlerOptions): Handle {
  const { clock, onNote } = options;
  // Nobody knows who asks: with a Namespace that is not there anybody who reaches the port can cause this.
  const tell = tenASecond({
    ...{ clock, tell: onNote },
    onOmitted: count => onNote(`${count} more requests of webhooks within a second could not be answered`),
  });
  return (request, response) => handle(request, response, { ...options, onNote: tell });
}

async function handle(request: IncomingMessage, response: ServerResponse, options: WebhookHandlerOptions): Promise<void> {
  try {
    send(response, 200, JSON.stringify(await answer(request, options)));
  } catch (reason) {
    if (reason instanceof Unanswerable || reason instanceof BodyTooLarge) refuse(response, reason.status, reason.message);
    else if (!request.destroyed || request.complete) {
      const message = reasonWords(reason);
      options.onNote(`${pathOf(request)} cannot be answered: ${message}`.slice(0, MAX_WORDS));
      refuse(response, 500, message);
    }
  }
}

async function answer(request: IncomingMessage, { webhooks, bodies }: WebhookHandlerOptions): Promise<unknown> {
  const path = pathOf(request);
  const admit = webhooks.get(path);
  if (admit === undefined) throw new Unanswerable(404, `nothing is here: ask ${[...webhooks.keys()].join(' or ')}`);
  if (request.method !== 'POST') throw new Unanswerable(405, 'write POST, with an AdmissionReview');
  const review = parseAdmissionReview(await bodies.read(request));
  if (!review.isValid) throw new Unanswerable(400, review.reason);
  return formatAdmission(review.request.uid, await admit(review.request));
}

/** API servers add their timeout as a query. */
function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

function refuse(response: ServerResponse, status: number, message: string): void {
  // What was sent and not read would be taken for the next request.
  response.setHeader('connection', 'close');
  if (status === 405) response.setHeader('allow', 'POST');
  send(response, status, JSON.stringify({ message: `weir: ${message}` }));
}

function send(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}
