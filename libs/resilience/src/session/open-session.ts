// SPDX-License-Identifier: Apache-2.0
import { cookieValues } from '@weir/base';
import type { Clock, Exchange, HeaderList, Session } from '@weir/base';
import type { SessionPersistence } from '@weir/policy/snapshot';
import { formatSessionToken, parseSessionToken } from './session-token.ts';
import type { SessionToken } from './session-token.ts';

type WallClock = Pick<Clock, 'wallMs'>;

/** The session that a request belongs to, by what it carries; a new one where that is missing, no token, or too old. */
export function openSession(exchange: Exchange, spec: SessionPersistence, clock: WallClock): Session {
  const token = liveToken(carriedText(exchange.request.headers, spec), spec, clock.wallMs());
  const { isTls } = exchange.downstream;
  return {
    endpointId: token?.endpointId,
    keep(endpointId, headers) {
      if (token?.endpointId === endpointId) return;
      // A session goes on at another endpoint when its own is gone; its lifetime does not begin again.
      const startedMs = token?.startedMs ?? clock.wallMs();
      carry(headers, spec, { token: { endpointId, startedMs }, isTls, nowMs: clock.wallMs() });
    },
  };
}

function carriedText(headers: HeaderList, { by, name }: SessionPersistence): string | undefined {
  return by === 'header' ? headers.get(name) : cookieValues(headers, name)[0];
}

function liveToken(text: string | undefined, { lifetimeMs }: SessionPersistence, nowMs: number): SessionToken | undefined {
  const token = text === undefined ? undefined : parseSessionToken(text);
  if (token === undefined || lifetimeMs === undefined) return token;
  return nowMs - token.startedMs < lifetimeMs ? token : undefined;
}

interface Carried {
  readonly token: SessionToken;
  readonly isTls: boolean;
  readonly nowMs: number;
}

function carry(headers: HeaderList, spec: SessionPersistence, { token, isTls, nowMs }: Carried): void {
  const text = formatSessionToken(token);
  if (spec.by === 'header') {
    headers.set(spec.name, text);
    return;
  }
  const lasts = spec.isPermanent && spec.lifetimeMs !== undefined;
  const leftMs = lasts ? token.startedMs + spec.lifetimeMs - nowMs : 0;
  const attributes = [
    `${spec.name}=${text}`,
    `Path=${spec.path}`,
    ...(lasts ? [`Max-Age=${Math.max(1, Math.ceil(leftMs / 1_000))}`] : []),
    ...(isTls ? ['Secure'] : []),
    'HttpOnly',
    'SameSite=Lax',
  ];
  headers.append('set-cookie', attributes.join('; '));
}
