// SPDX-License-Identifier: Apache-2.0

export type Direction = 'request' | 'response';

/** A complete message as a parser understood it, in terms that both parsers share. */
export interface Message {
  /** `METHOD target 1.1`, or `status 1.1`. */
  readonly line: string;
  /** Lower-case names with values, `name: value`, in order; what belongs to one hop only is taken out. */
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly isPersistent: boolean;
}

/** What a parser made of a stream of bytes. */
export interface Outcome {
  readonly messages: readonly Message[];
  /**
   * `idle`: the bytes end between two messages; `incomplete`: within one; `closed`: after a message that ends the connection,
   * whatever follows; `upgraded`: the rest is no longer HTTP; `refused`: the bytes are not HTTP.
   */
  readonly end: 'idle' | 'incomplete' | 'closed' | 'upgraded' | 'refused';
  /** Why it was refused. */
  readonly reason: string;
  /** Fields of every head that was read, also of a message that was not completed: `name: value` as written, names lower-case. */
  readonly heads: readonly (readonly string[])[];
}

/** A parser under test. Pieces are pushed one after another, as a socket would deliver them. */
export type Parse = (pieces: readonly Buffer[], direction: Direction) => Outcome;
