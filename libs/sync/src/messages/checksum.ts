// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import type { ResourceVersion } from '../contract/envelope.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * What one version of a resource adds to the checksum of all that a proxy has: a sum of 32 bits, so that it is kept up to date by what
 * changes. It finds out mistakes in bookkeeping; what is sent is protected by TLS.
 */
export function checksumOf(name: ResourceName, version: ResourceVersion): number {
  const text = `${name}\n${version}`;
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash >>> 0;
}

export function addChecksums(one: number, other: number): number {
  return (one + other) >>> 0;
}

export function subtractChecksums(from: number, what: number): number {
  return (from - what) >>> 0;
}
