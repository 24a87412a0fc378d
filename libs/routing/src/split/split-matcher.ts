// SPDX-License-Identifier: Apache-2.0
import { claimTexts, cookieValues } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { SplitCondition, SplitMatch } from '@weir/policy/snapshot';

/** Brackets of IPv6 addresses stay. */
const PORT = /:\d*$/;

type Test = (exchange: Exchange) => boolean;

/** Tells the requests that go to a split's candidate whatever its share. */
export class SplitMatcher {
  private readonly matches: readonly (readonly Test[])[];

  constructor(matches: readonly SplitMatch[]) {
    this.matches = matches.map(({ conditions }) => conditions.map(testOf));
  }

  /** The index of the first match that a request fits; -1 = none. */
  indexFor(exchange: Exchange): number {
    return this.matches.findIndex(conditions => conditions.length > 0 && conditions.every(test => test(exchange)));
  }

  fits(exchange: Exchange): boolean {
    return this.matches.length > 0 && this.indexFor(exchange) !== -1;
  }
}

function testOf({ by, name, path, values }: SplitCondition): Test {
  const known = new Set(values);
  const isMet = (text: string): boolean => known.has(text);
  switch (by) {
    case 'claim':
      return ({ identities }) => identities.some(({ claims }) => claims !== undefined && claimTexts(claims, path).some(isMet));
    case 'cookie':
      return ({ request }) => cookieValues(request.headers, name).some(isMet);
    case 'header':
      return ({ request }) => {
        const written = request.headers.getJoined(name);
        return written !== undefined && isMet(written);
      };
    case 'host':
      // As the client wrote it: a route may have another one for its backends.
      return ({ authority }) => isMet(authority.replace(PORT, ''));
  }
}
