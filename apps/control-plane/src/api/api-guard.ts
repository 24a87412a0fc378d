// SPDX-License-Identifier: Apache-2.0
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { ApiError } from './api-error.ts';

export interface GuardOptions {
  readonly token: string;
  readonly scheme: 'http' | 'https';
  /** Names, in lower case, by which this machine may be asked, besides IP addresses and `localhost`. */
  readonly hostNames: readonly string[];
}

/**
 * Refuses, also on loopback, who does not have the token: every user of the machine and every web page in a browser on it can reach a
 * port. Names that were not given are refused as well, as a page whose name comes to mean 127.0.0.1 (DNS rebinding) would pass for our own;
 * and other pages, which send their origin. Throws ApiError.
 */
export function checkAccess({ host, origin, authorization }: IncomingHttpHeaders, options: GuardOptions): void {
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
  const given = /^Bearer +(\S+)$/iv.exec(authorization ?? '')?.[1];
  if (given === undefined || !isSame(given, options.token)) {
    throw new ApiError(
      401,
      'no-token',
      'send the token of the control plane: Authorization: Bearer TOKEN (the file api-token in its state directory)',
    );
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

/** How long it takes tells nothing, not even the length. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(hash('sha256', left)), Buffer.from(hash('sha256', right)));
}
