// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream';
import { ApiError } from '../api/api-error.ts';
import type { ApiExchange } from '../api/api-route.ts';
import { RelayFailed } from './relay-client.ts';
import type { RelayClient } from './relay-client.ts';
import { RelayUnavailable } from './relay-hub.ts';
import type { RelayHub, RelayRefusal } from './relay-hub.ts';

/** How proxies are asked. */
export interface Relay {
  readonly hub: RelayHub;
  readonly client: RelayClient;
}

/** Which proxy is asked for what. */
export interface ProxyQuestion {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** By which proxies of one identity are told apart. */
  readonly proxy: string;
  readonly path: string;
}

/** Answers a request of the API with what a proxy answers. Resolves when that has ended; rejects with ApiError where there is no answer. */
export async function askProxy({ hub, client }: Relay, question: ProxyQuestion, exchange: ApiExchange): Promise<void> {
  const { namespace, serviceAccount, proxy, path } = question;
  const name = `${namespace}/${serviceAccount}/${proxy}`;
  const socket = await takeFrom(hub, name);
  if (exchange.response.destroyed) {
    socket.destroy();
    return;
  }
  try {
    await client.pass(socket, { ...exchange, target: `/${path}${queryOf(exchange.request.url ?? '')}` });
  } catch (reason) {
    throw failureOf(reason, name);
  }
}

async function takeFrom(hub: RelayHub, name: string): Promise<Duplex> {
  try {
    return await hub.take(name);
  } catch (reason) {
    throw reason instanceof RelayUnavailable ? REFUSALS[reason.refusal](name) : reason;
  }
}

const REFUSALS: Readonly<Record<RelayRefusal, (name: string) => ApiError>> = {
  unknown: name =>
    new ApiError(
      404,
      'no-such-proxy',
      `no proxy is connected as ${name}: /proxies has those that are, and a proxy that is away is not there`,
    ),
  'no-relay': name =>
    new ApiError(
      503,
      'no-relay',
      `${name} is connected and does not let itself be asked: it is older than this control plane, or just connecting`,
    ),
  busy: name =>
    new ApiError(503, 'proxy-busy', `${name} answers as many others as it does at a time: end a stream, or try again`),
};

function failureOf(reason: unknown, name: string): unknown {
  if (!(reason instanceof RelayFailed)) return reason;
  if (reason.isLate) return new ApiError(504, 'proxy-silent', `${name} did not answer in time`);
  return new ApiError(502, 'proxy-gone', `${name} went away before it answered: ${reason.message}`);
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}
