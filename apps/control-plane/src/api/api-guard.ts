// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { ApiAccess, ApiCaller } from './api-access.ts';
import { ApiError } from './api-error.ts';
import type { ApiRoute } from './api-route.ts';
import type { SteeredRollout } from './rights.ts';

export interface GuardOptions {
  readonly access: ApiAccess;
  readonly scheme: 'http' | 'https';
  /** Names, in lower case, by which this machine may be asked, besides IP addresses and `localhost`. */
  readonly hostNames: readonly string[];
}

/**
 * Refuses, also on loopback, who has no token: every user of the machine and every web page in a browser on it can reach a port. Names that
 * were not given are refused as well, as a page whose name comes to mean 127.0.0.1 (DNS rebinding) would pass for our own; and other
 * pages, which send their origin. Rejects with ApiError.
 */
export async function checkCaller(headers: IncomingHttpHeaders, options: GuardOptions): Promise<ApiCaller> {
  checkPlace(headers, options);
  const given = /^Bearer +(\S+)$/iv.exec(headers.authorization ?? '')?.[1];
  const caller = given === undefined ? undefined : await options.access.callerOf(given);
  if (caller !== undefined) return caller;
  throw new ApiError(
    401,
    'no-token',
    `send a token of the control plane: Authorization: Bearer TOKEN (${options.access.tokenAdvice})`,
  );
}

/** What is asked for. */
export interface GuardedRequest {
  readonly route: Pick<ApiRoute, 'method' | 'path' | 'right'>;
  /** Of a route that steers a Rollout. */
  readonly steered?: SteeredRollout | undefined;
}

/** Rejects with ApiError where a caller does not have the right that a request needs. */
export async function checkRight(
  caller: ApiCaller,
  { route: { method, path, right }, steered }: GuardedRequest,
  { access }: GuardOptions,
): Promise<void> {
  if (await access.mayUse(caller, right, steered)) return;
  throw new ApiError(
    403,
    'no-right',
    `${method.toUpperCase()} ${path} needs the right ${right}, which ${access.rightAdvice(caller, right, steered)}`,
  );
}

function checkPlace({ host, origin }: IncomingHttpHeaders, options: GuardOptions): void {
  const name = hostNameOf(host ?? '');
  if (name === undefined || !isOurName(name, options)) {
    throw new ApiError(
      403,
      'other-host',
      `this is asked for as ${JSON.stringify((host ?? '').slice(0, 100))}: use its IP address, localhost, or a name given with --api-host`,
    );
  }
  if (origin !== undefined && origin !== `${options.scheme}://${host ?? ''}`) {
    throw new ApiError(403, 'other-origin', 'pages of other origins may not ask');
  }
}

/** Without its port; IPv6 addresses without brackets. */
function hostNameOf(host: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/v.exec(host) ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

/** A name of DNS can be made to mean any address; an address is what it is. */
function isOurName(name: string, { hostNames }: GuardOptions): boolean {
  return isIP(name) !== 0 || name === 'localhost' || hostNames.includes(name);
}
