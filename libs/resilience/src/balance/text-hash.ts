// SPDX-License-Identifier: Apache-2.0

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * 31 bits that depend evenly on every character from `start` on, up to `end`: FNV-1a over the UTF-16 units, then MurmurHash3's
 * finalizer. Every worker and every gateway comes to the same number, so there is no secret in it; whoever chooses keys that meet
 * loads one endpoint, as he does by sending one key again and again.
 */
export function hashText(text: string, start = 0, end = text.length): number {
  let hash = FNV_OFFSET;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return mixed(hash);
}

/** Another number from one that `hashText` made, as if it had another seed. */
export function rehash(hash: number): number {
  return mixed(Math.imul(hash, FNV_PRIME) ^ FNV_OFFSET);
}

/** Another number again for each `salt`, itself such a number: what is known of one says nothing of the other. */
export function saltedHash(hash: number, salt: number): number {
  return mixed(Math.imul(mixed(hash ^ FNV_OFFSET), FNV_PRIME) ^ salt);
}

function mixed(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  // 31 bits stay a small integer, which costs no memory to hand on.
  return (hash ^ (hash >>> 16)) >>> 1;
}
