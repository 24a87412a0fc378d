// SPDX-License-Identifier: Apache-2.0
import type { ClusterObject } from '../api/cluster-api.ts';

/** What a Secret holds, by name. */
export type SecretTexts = ReadonlyMap<string, string>;

/** An API server takes 1 MiB of data in a Secret (core/v1 MaxSecretSize); what remains is for the next leaves and tokens. */
const MAX_BYTES = 1_000_000;

export function textsFrom({ data }: ClusterObject): SecretTexts {
  const fields = typeof data === 'object' && data !== null ? Object.entries<unknown>({ ...data }) : [];
  return new Map(fields.map(([name, value]) => [name, Buffer.from(String(value), 'base64').toString('utf8')]));
}

export function secretData(texts: SecretTexts): Readonly<Record<string, string>> {
  return Object.fromEntries([...texts].map(([name, text]) => [name, Buffer.from(text).toString('base64')]));
}

/** Throws where an API server would refuse it for its size; the message names what takes the room, and no text of it. */
export function assertFits(texts: SecretTexts, where: string): void {
  const sizes = [...texts].map(([name, text]) => ({ name, bytes: Buffer.byteLength(text) }));
  const bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
  if (bytes <= MAX_BYTES) return;
  const largest = sizes.toSorted((left, right) => right.bytes - left.bytes).slice(0, 3);
  const names = largest.map(one => `${one.name} (${one.bytes} bytes)`).join(', ');
  throw new Error(
    `Secret ${where} would have ${bytes} bytes, and at most ${MAX_BYTES} are kept; most of it is ${names}: remove what is not needed any more`,
  );
}
