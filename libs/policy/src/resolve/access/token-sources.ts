// SPDX-License-Identifier: Apache-2.0
import type { TokenSource } from '../../snapshot/index.ts';
import type { MethodSpec } from './resolve-method.ts';

type WrittenSource = NonNullable<NonNullable<MethodSpec['jwt']>['from']>[number];

const BEARER: TokenSource = { kind: 'header', name: 'authorization', prefix: 'Bearer ' };

/** Where tokens are looked for; where nothing is written, as RFC 6750 §2.1 has it. */
export function tokenSources(written: readonly WrittenSource[] | undefined): readonly TokenSource[] {
  return written?.map(sourceOf) ?? [BEARER];
}

function sourceOf({ header, scheme, query, cookie }: WrittenSource): TokenSource {
  if (query !== undefined) return { kind: 'query', name: query };
  if (header === undefined) return { kind: 'cookie', name: cookie ?? '' };
  const name = header.toLowerCase();
  const word = scheme ?? (name === 'authorization' ? 'Bearer' : undefined);
  return { kind: 'header', name, prefix: word === undefined ? '' : `${word} ` };
}
