// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { openCheckSocket } from '../health/check-socket.ts';

export interface ApplicationPlace {
  /** Addresses of this host at which the application may listen, those that are likelier first; never of another host. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly isTls: boolean;
}

/** Nobody listens at this address, or this host does not have it: the application may be at another one. */
const ELSEWHERE: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ECONNREFUSED', 'ENETUNREACH']);

/** A connection to the application, at the first of its addresses where somebody listens. Rejects with what is wrong with the first. */
export async function openApplicationSocket({ addresses, port, isTls }: ApplicationPlace, signal: AbortSignal): Promise<Socket> {
  let first: Error | undefined;
  // Kubernetes does not verify either: the certificate is for those who call the application by its name.
  const tls = isTls ? { rejectUnauthorized: false } : undefined;
  for (const address of addresses) {
    try {
      const protocols = isTls ? ['http/1.1'] : undefined;
      return await openCheckSocket({ address, port, tls, protocols, proxyHeader: undefined }, signal);
    } catch (error) {
      if (!isElsewhere(error)) throw error;
      first ??= error;
    }
  }
  throw first ?? new Error('it has no address');
}

function isElsewhere(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && ELSEWHERE.has(String(error.code));
}
