// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { RequestHead } from '@weir/base';
import { hostFromAuthority, normaliseTarget } from '@weir/routing';
import type { ExplainRequest } from '../explanation.ts';
import { serverNameOf } from './server-name.ts';

/** Whose a request is that somebody asks about without saying more. */
export const LOOPBACK = '127.0.0.1';

/** A request as it would reach the engine, and where it would arrive. */
export interface ReadRequest {
  readonly head: RequestHead;
  readonly port: number;
  /** The URL's own host, whatever the Host field says: it decides where a client connects to. */
  readonly urlHost: string;
  /** Undefined without TLS, and for addresses, which clients send no server name for (RFC 6066 §3). */
  readonly serverName: string | undefined;
  readonly clientAddress: string;
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/** Throws Fault `bad_request` for what the engine would refuse before routing. */
export function readRequest({ method, url, headers, serverName, clientAddress = LOOPBACK }: ExplainRequest): ReadRequest {
  const { path, query, authority, scheme } = normaliseTarget(url);
  if (authority === undefined || scheme === undefined) {
    throw new Fault('bad_request', 'write an absolute URL, such as http://shop.example:8080/cart');
  }
  const urlHost = hostFromAuthority(authority);
  const fieldAuthority = headers.get('host')?.toLowerCase() ?? authority;
  const fields = headers.clone();
  fields.remove('host');
  return {
    head: { method, scheme, authority: fieldAuthority, host: hostFromAuthority(fieldAuthority), path, query, headers: fields },
    port: portOf(authority, urlHost) ?? DEFAULT_PORTS[scheme],
    urlHost,
    clientAddress,
    serverName: scheme === 'https' ? (serverName ?? serverNameOf(urlHost)) : undefined,
  };
}

/** A copy that filters may change. */
export function copyHead(head: RequestHead): RequestHead {
  return { ...head, headers: head.headers.clone() };
}

function portOf(authority: string, host: string): number | undefined {
  const text = authority.slice(host.length + 1);
  return text === '' ? undefined : Number(text);
}
