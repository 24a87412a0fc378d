// SPDX-License-Identifier: Apache-2.0
import type { Clock, Exchange, Identity } from '@weir/base';
import type { ApiKeyMethod } from '@weir/policy/snapshot';
import { ABSENT, NO_HEADERS } from './authenticator.ts';
import type { Admitted, Authenticator } from './authenticator.ts';
import type { ConsumerTable } from './consumer-table.ts';
import { hideParameters, readCredential, removeCredential } from './credential-source.ts';
import type { Reference } from './reference.ts';

export interface ApiKeyPorts {
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly consumers: (name: ApiKeyMethod['consumers']) => Reference<ConsumerTable>;
}

/** API keys of Consumers. There is no registered scheme for them; `ApiKey` is what the field writes. */
export function createApiKey(method: ApiKeyMethod, { clock, consumers }: ApiKeyPorts): Authenticator {
  const table = consumers(method.consumers);
  const hidden = method.sources.filter(({ kind }) => kind === 'query').map(({ name }) => name);
  return {
    name: method.name,
    challenge: 'ApiKey',
    challengeOfRefused: 'ApiKey',
    ownedHeaders: [],
    hide: hidden.length === 0 ? undefined : exchange => hideParameters(exchange, hidden),
    authenticate(exchange) {
      const { request } = exchange;
      const source = method.sources.find(one => readCredential(request, one) !== undefined);
      if (source === undefined) return ABSENT;
      const key = readCredential(request, source) ?? '';
      if (table.current === undefined) return { kind: 'unavailable', detail: `${table.name} is not known` };
      const owner = table.current.ownerOf(key);
      if (owner === undefined) return { kind: 'refused', detail: "the API key is nobody's" };
      const { consumer, groups, expiresMs } = owner;
      if (expiresMs !== 0 && clock.wallMs() >= expiresMs) {
        return { kind: 'refused', detail: `the API key of ${consumer} has expired` };
      }
      return admitted({ method: method.name, consumer, groups, claims: undefined });
    },
    strip({ request }: Exchange) {
      if (!method.isForwarded) for (const source of method.sources) removeCredential(request, source);
    },
  };
}

function admitted(identity: Identity): Admitted {
  return { kind: 'admitted', identity, headers: NO_HEADERS };
}
