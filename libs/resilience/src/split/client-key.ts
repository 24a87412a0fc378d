// SPDX-License-Identifier: Apache-2.0
import { claimTexts } from '@weir/base';
import type { Exchange } from '@weir/base';
import { WHOLE_SHARE } from '@weir/policy/snapshot';
import type { SplitAssignment } from '@weir/policy/snapshot';
import { hashKeyReader, NO_KEY } from '../balance/hash-key.ts';
import { hashText, saltedHash } from '../balance/text-hash.ts';

const DIGITS = 8;
const WRITTEN = /^[0-9a-f]{8}$/;

/** Reads off a request whose it is, as a number; that of its client's address where it has not what is asked for. */
export function clientKeyReader(assignment: SplitAssignment): (exchange: Exchange) => number {
  const read = readerOf(assignment);
  return exchange => {
    const key = read(exchange);
    return key === NO_KEY ? clientKeyOfAddress(exchange.clientAddress) : key;
  };
}

/** Of a client of which only the address is known. */
export function clientKeyOfAddress(address: string): number {
  return hashText(address);
}

/** Where a client stands among WHOLE_SHARE places: below its share, it is the candidate's. `salt`: see `saltOf`. */
export function splitPointOf(key: number, salt: number): number {
  return saltedHash(key, salt) % WHOLE_SHARE;
}

/** What makes the places of clients in one rollout say nothing of those in another. */
export function saltOf(rollout: string): number {
  return hashText(rollout);
}

export function formatClientKey(key: number): string {
  return key.toString(16).padStart(DIGITS, '0');
}

/** Undefined for what no proxy has written. */
export function parseClientKey(text: string | undefined): number | undefined {
  return text !== undefined && WRITTEN.test(text) ? Number.parseInt(text, 16) : undefined;
}

function readerOf({ by, name, path }: SplitAssignment): (exchange: Exchange) => number {
  if (by !== 'claim') return hashKeyReader({ kind: 'consistentHash', by, name })!;
  return ({ identities }) => {
    for (const { claims } of identities) {
      const text = claims && claimTexts(claims, path)[0];
      if (text !== undefined && text !== '') return hashText(text);
    }
    return NO_KEY;
  };
}
