// SPDX-License-Identifier: Apache-2.0
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock, Exchange, Identity } from '@weir/base';
import type { ApiKeyMethod, Consumers } from '@weir/policy/snapshot';
import { ABSENT } from './authenticator.ts';
import type { Authenticated, Authenticator } from './authenticator.ts';
import { hideParameters, readCredential, removeCredential } from './credential-source.ts';
import type { Reference } from './reference.ts';

/** Consumers as methods of authentication look for them. */
export class ConsumerTable {
  private readonly byKey = new Map<string, KeyOwner>();

  constructor({ consumers }: Consumers) {
    for (const { label, groups, apiKeys } of consumers) {
      for (const { sha256, expiresMs } of apiKeys) {
        const hash = Buffer.from(sha256, 'hex');
        this.byKey.set(hash.toString('latin1'), { hash, consumer: label, groups, expiresMs });
      }
    }
  }

  /**
   * Whose a key is. It is looked for by its hash, of which nobody can choose even the first bytes, and compared whole in constant
   * time, so that how long it takes tells nothing about the keys that there are.
   */
  ownerOf(key: string): KeyOwner | undefined {
    const hash = createHash('sha256').update(key, 'utf8').digest();
    const owner = this.byKey.get(hash.toString('latin1'));
    return owner !== undefined && timingSafeEqual(owner.hash, hash) ? owner : undefined;
  }
}

interface KeyOwner {
  readonly hash: Buffer;
  readonly consumer: string;
  readonly groups: readonly string[];
  /** 0 = never. */
  readonly expiresMs: number;
}

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

function admitted(identity: Identity): Authenticated {
  return { kind: 'admitted', identity };
}
