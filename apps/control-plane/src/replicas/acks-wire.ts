// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import { AcksResponseSchema } from '@weir/sync/messages';
import type { AcksResponse, ObjectAcks } from '@weir/sync/messages';
import type { AckDigest, RefusingProxy } from '@weir/sync/server';
import type { AnsweredAcks, ObjectEdition } from './replica-link.ts';

/** Proxies over all objects of one answer: about half a megabyte. */
export const MAX_MEMBERS = 100_000;
/** As many as a status tells. */
const MAX_REASONS = 3;
const MAX_REASON = 200;

/** What a replica knows of its own proxies. */
export interface AcksSource {
  /** Random, of this process. */
  readonly instance: string;
  /** Undefined = it has not read this edition. */
  readonly digestOf: (object: ObjectEdition) => AckDigest | undefined;
}

type WireDigest = Omit<ObjectAcks, '$typeName' | '$unknown' | 'refusing'> & {
  readonly refusing: { proxy: number; resource: string; reason: string; sinceMs: bigint }[];
};

/** Answers as many of the questions as fit, at least one. */
export function acksToWire(objects: readonly ObjectEdition[], { instance, digestOf }: AcksSource): AcksResponse {
  const proxies = new Map<string, number>();
  const numberOf = (proxy: string): number => {
    const known = proxies.get(proxy) ?? proxies.size;
    proxies.set(proxy, known);
    return known;
  };
  const answers: WireDigest[] = [];
  let members = 0;
  for (const object of objects) {
    const digest = digestOf(object);
    members += digest === undefined ? 0 : sizeOf(digest);
    if (members > MAX_MEMBERS && answers.length > 0) break;
    answers.push(digestToWire(object.key, digest ?? NOTHING, { isKnown: digest !== undefined, numberOf }));
  }
  return create(AcksResponseSchema, { instance, proxies: [...proxies.keys()], objects: answers });
}

/** Reads what `acksToWire` wrote; numbers of no proxy are left out. */
export function acksFromWire({ instance, proxies, objects }: AcksResponse): AnsweredAcks {
  const namesOf = (numbers: readonly number[]): readonly string[] => numbers.flatMap(number => proxies[number] ?? []);
  const digests = new Map(
    objects.map(({ key, isKnown, refusing, ...lists }) => {
      if (!isKnown) return [key, undefined];
      const refusals = refusing.map(({ proxy, resource, reason, sinceMs }): RefusingProxy => ({
        ...{ resource, reason, proxy: proxies[proxy] ?? '' },
        sinceMs: Number(sinceMs),
      }));
      const { acked, waiting, away, gone } = lists;
      const names = { acked: namesOf(acked), waiting: namesOf(waiting), away: namesOf(away), gone: namesOf(gone) };
      return [key, { ...names, refusing: refusals }];
    }),
  );
  return { instance, digests };
}

const NOTHING: AckDigest = { acked: [], waiting: [], away: [], gone: [], refusing: [] };

function digestToWire(
  key: string,
  { acked, waiting, away, gone, refusing }: AckDigest,
  { isKnown, numberOf }: { readonly isKnown: boolean; readonly numberOf: (proxy: string) => number },
): WireDigest {
  return {
    ...{ key, isKnown },
    ...{ acked: acked.map(numberOf), waiting: waiting.map(numberOf), away: away.map(numberOf), gone: gone.map(numberOf) },
    refusing: refusing.map(({ proxy, resource, reason, sinceMs }, index) => ({
      ...{ proxy: numberOf(proxy), resource },
      reason: index < MAX_REASONS ? reason.slice(0, MAX_REASON) : '',
      sinceMs: BigInt(Math.round(sinceMs)),
    })),
  };
}

function sizeOf({ acked, waiting, away, gone, refusing }: AckDigest): number {
  return acked.length + waiting.length + away.length + gone.length + refusing.length;
}
