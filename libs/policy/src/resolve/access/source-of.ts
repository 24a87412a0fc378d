// SPDX-License-Identifier: Apache-2.0
import type { CredentialSource } from '../../snapshot/index.ts';

/** A place as written, of which the schema lets one be named. */
interface WrittenSource {
  readonly header?: string | undefined;
  readonly query?: string | undefined;
  readonly cookie?: string | undefined;
}

export function sourceOf({ header, query, cookie }: WrittenSource): CredentialSource {
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  return query === undefined ? { kind: 'cookie', name: cookie ?? '' } : { kind: 'query', name: query };
}
