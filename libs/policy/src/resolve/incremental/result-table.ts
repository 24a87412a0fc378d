// SPDX-License-Identifier: Apache-2.0
import { DependencyGraph } from './dependency-graph.ts';

/** A result with the topics that it was made from. Undefined = there is none, which may change with the topics too. */
export interface TrackedResult<Value> {
  readonly value: Value | undefined;
  readonly topics: ReadonlySet<string>;
}

/** Results of one kind by key, each remembered with what it was made from. */
export class ResultTable<Value> {
  readonly values: ReadonlyMap<string, Value>;
  private readonly results = new Map<string, Value>();
  private readonly graph = new DependencyGraph();

  constructor() {
    this.values = this.results;
  }

  /** Keys whose results were made from any of these topics. */
  keysReading(topics: Iterable<string>): Set<string> {
    return this.graph.dependentsOf(topics);
  }

  renew(key: string, { value, topics }: TrackedResult<Value>): void {
    this.graph.record(key, topics);
    if (value === undefined) this.results.delete(key);
    else this.results.set(key, value);
  }

  /** For a key that nobody asks for any more. */
  forget(key: string): void {
    this.graph.forget(key);
    this.results.delete(key);
  }
}
