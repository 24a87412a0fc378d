// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Identity } from '@weir/base';
import type { CelVariable } from '@weir/policy/snapshot';
import type { CelMap, CelValue } from './cel-value.ts';

/** Whoever has not shown who it is. */
export const NOBODY: Identity = Object.freeze({ method: '', consumer: '', groups: [], claims: undefined });

/** What one evaluation is about. */
export class CelSubject {
  readonly exchange: Exchange;
  readonly identity: Identity;
  /** What each of the loops around is at. */
  readonly elements: CelValue[] = [];
  private parsedQuery: CelMap | undefined = undefined;

  constructor(exchange: Exchange, identity: Identity) {
    this.exchange = exchange;
    this.identity = identity;
  }

  /** A parameter may come several times, and which of them the backend looks at is its own affair: an expression sees them all. */
  get query(): CelMap {
    this.parsedQuery ??= queryOf(this.exchange.request.query);
    return this.parsedQuery;
  }
}

const NO_NAMES: readonly string[] = Object.freeze([]);
const NO_CLAIMS: CelMap = Object.freeze({});

/** How the value of each variable is found. */
export const CEL_READERS: Readonly<Record<CelVariable, (subject: CelSubject) => CelValue>> = {
  'request.method': ({ exchange }) => exchange.request.method,
  'request.path': ({ exchange }) => exchange.request.path,
  'request.host': ({ exchange }) => exchange.request.host,
  'request.scheme': ({ exchange }) => exchange.request.scheme,
  'request.headers': ({ exchange }) => exchange.request.headers,
  'request.query': ({ query }) => query,
  'client.address': ({ exchange }) => exchange.clientAddress,
  'source.identity': ({ exchange }) => exchange.downstream.peerIdentity ?? '',
  'consumer.name': ({ identity }) => identity.consumer,
  'consumer.groups': ({ identity }) => identity.groups,
  // Claims are what JSON can say.
  claims: ({ identity }) => (identity.claims as CelMap | undefined) ?? NO_CLAIMS,
  'certificate.dnsNames': ({ exchange }) => exchange.downstream.clientCertificate?.dnsNames ?? NO_NAMES,
  'certificate.uris': ({ exchange }) => exchange.downstream.clientCertificate?.uris ?? NO_NAMES,
  'certificate.emails': ({ exchange }) => exchange.downstream.clientCertificate?.emails ?? NO_NAMES,
};

function queryOf(query: string | undefined): CelMap {
  const byName = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query ?? '')) {
    const values = byName.get(name);
    if (values === undefined) byName.set(name, [value]);
    else values.push(value);
  }
  return byName;
}
