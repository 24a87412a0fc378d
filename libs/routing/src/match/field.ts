// SPDX-License-Identifier: Apache-2.0
import type { RouteQuery } from '../table/route-entry.ts';
import { QueryParameter } from './query-parameter.ts';

/** A part of a request that a match can ask for by name. */
export class Field {
  readonly source: 'header' | 'query';
  readonly name: string;
  private readonly parameter: QueryParameter | undefined;

  constructor(source: 'header' | 'query', name: string) {
    this.source = source;
    this.name = source === 'header' ? name.toLowerCase() : name;
    this.parameter = source === 'query' ? new QueryParameter(name) : undefined;
  }

  /** Header fields of one name are joined with ", " (RFC 9110 §5.3); of query parameters the first one counts. */
  valueIn(query: RouteQuery): string | undefined {
    if (this.parameter === undefined) return query.headers.getJoined(this.name);
    return query.query === undefined ? undefined : this.parameter.valueIn(query.query);
  }

  isSameAs(other: Field): boolean {
    return this.source === other.source && this.name === other.name;
  }
}
