// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { userInfo } from 'node:os';
import { jsonAnswer } from '@weir/proxy';
import type { AdminAnswer, FindRoute } from '@weir/proxy';
import type { Verb } from '@weir/rollouts';
import type { RolloutDesk } from '@weir/rollouts/drive';

/** Undefined desk = there is no Rollout, or `failure` is in the way. */
export interface RolloutPlace {
  readonly desk: Pick<RolloutDesk, 'request' | 'view' | 'views'> | undefined;
  readonly failure: string | undefined;
}

const LIST = 'GET /api/v1/rollouts';
const ONE = /^GET \/api\/v1\/rollouts\/(?<namespace>[^\/]+)\/(?<name>[^\/]+)$/v;
const WISH = /^POST \/api\/v1\/rollouts\/(?<namespace>[^\/]+)\/(?<name>[^\/]+)\/(?<verb>abort|pause|promote|resume|retry|undo)$/v;
const MAX_BODY_CHARACTERS = 65_536;

/** Rollouts as the API of a control plane has them, for whoever may use the admin socket. */
export function rolloutRoutes(place: () => RolloutPlace): FindRoute {
  return route => {
    if (route === LIST) return () => answerFrom(place(), '', desk => jsonAnswer(desk.views()));
    const one = ONE.exec(route)?.groups;
    if (one !== undefined) {
      const key = keyOf(one);
      return () => answerFrom(place(), key, desk => viewAnswer(desk, key));
    }
    const wish = WISH.exec(route)?.groups;
    return wish && (request => wishAnswer(place(), { key: keyOf(wish), verb: wish['verb'] as Verb, request }));
  };
}

function answerFrom(
  { desk, failure }: RolloutPlace,
  key: string,
  answer: (desk: NonNullable<RolloutPlace['desk']>) => AdminAnswer,
): AdminAnswer {
  if (failure !== undefined) return undriven(failure);
  if (desk !== undefined) return answer(desk);
  return key === '' ? jsonAnswer([]) : missing(key);
}

function viewAnswer(desk: NonNullable<RolloutPlace['desk']>, key: string): AdminAnswer {
  const view = desk.view(key);
  return view === undefined ? missing(key) : jsonAnswer(view);
}

interface Wish {
  readonly key: string;
  readonly verb: Verb;
  readonly request: IncomingMessage;
}

async function wishAnswer({ desk, failure }: RolloutPlace, { key, verb, request }: Wish): Promise<AdminAnswer> {
  if (failure !== undefined) return undriven(failure);
  const isFull = isFullFrom(await bodyOf(request));
  if (isFull === undefined) return problem(400, 'bad-request', 'the body must be a JSON object, such as { "isFull": true }');
  const answered = await desk?.request(key, { verb, id: randomUUID(), isFull: verb === 'promote' && isFull, by: userName() });
  if (answered === undefined) return missing(key);
  const { isAccepted, answer } = answered;
  return isAccepted ? jsonAnswer({ isAccepted, answer }) : problem(409, 'rollout-refused', answer);
}

/** Undefined = it cannot be read. */
function isFullFrom(text: string | undefined): boolean | undefined {
  if (text === '') return false;
  try {
    const body: unknown = JSON.parse(text ?? '');
    return typeof body === 'object' && body !== null ? Reflect.get(body, 'isFull') === true : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined = it is longer than anybody writes. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) {
    text += String(part);
    if (text.length > MAX_BODY_CHARACTERS) return undefined;
  }
  return text;
}

/** Nobody else may use the socket; a user without a name has a number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? ''}`;
  }
}

function keyOf({ namespace = '', name = '' }: Readonly<Record<string, string>>): string {
  return `${decoded(namespace)}/${decoded(name)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function missing(key: string): AdminAnswer {
  return problem(404, 'no-such-rollout', `there is no Rollout ${key} among the documents`);
}

function undriven(failure: string): AdminAnswer {
  return problem(503, 'rollouts-not-driven', `this weir up does not drive Rollouts: ${failure}`);
}

/** As RFC 9457 has it. */
function problem(status: number, code: string, detail: string): AdminAnswer {
  const answer = jsonAnswer({ type: `urn:weir:problem:${code}`, title: code.replaceAll('-', ' '), status, detail }, status);
  return { ...answer, contentType: 'application/problem+json' };
}
