// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import { TrustResponseSchema } from '@weir/sync/messages';
import type { TrustResponse } from '@weir/sync/messages';
import type { LedgerPart } from '../identity/leaf-ledger.ts';
import type { FollowedTrust } from '../identity/followed-trust.ts';

/** What a replica tells another of certificates, and of the proxies that are connected to it. */
export interface ToldTrust extends FollowedTrust {
  /** Random, of the process that tells. */
  readonly instance: string;
  /** For how long it has known of every certificate that any replica gave. */
  readonly knownForMs: number;
  readonly ledger: LedgerPart;
}

/** Each is a sentence for people: more are of no use to them. */
const MAX_MISSING = 20;

export function trustToWire({ ledger, missing, acked, ...told }: ToldTrust): TrustResponse {
  const entries = ledger.entries.map(({ leaf: { notAfterMs, fingerprint, identity, root }, isReplaced }) => ({
    ...{ fingerprint, identity, root, isReplaced },
    notAfterMs: BigInt(Math.ceil(notAfterMs)),
  }));
  return create(TrustResponseSchema, {
    ...{ instance: told.instance, bundleVersion: told.bundleVersion, entries, acked: [...acked] },
    ...{ missing: missing.slice(0, MAX_MISSING), isPartial: ledger.isPartial, position: BigInt(ledger.position) },
    knownForMs: BigInt(Math.floor(told.knownForMs)),
  });
}

export function trustFromWire({ entries, position, isPartial, knownForMs, ...told }: TrustResponse): ToldTrust {
  const noted = entries.map(({ fingerprint, identity, root, notAfterMs, isReplaced }) => ({
    ...{ isReplaced, leaf: { fingerprint, identity, root, notAfterMs: Number(notAfterMs) } },
  }));
  const { instance, bundleVersion, acked, missing } = told;
  return {
    ...{ instance, bundleVersion, acked, missing, knownForMs: Number(knownForMs) },
    ledger: { entries: noted, position: Number(position), isPartial },
  };
}
