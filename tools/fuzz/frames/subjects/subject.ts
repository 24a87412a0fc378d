// SPDX-License-Identifier: Apache-2.0

/** Which side of the connection is under test. */
export type Role = 'client' | 'server';

/** A connection under test, without a network and without time. */
export interface Subject {
  readonly role: Role;
  /** Bytes of the peer. What this throws is a defect. */
  push(bytes: Buffer): void;
  /** What it sent since the last call. */
  takeSent(): Buffer;
  /** Whether it has ended the connection. */
  readonly isOver: boolean;
  /** What became of each request, in words; the same for the same bytes, however they were cut. */
  readonly stories: readonly string[];
  /** Fields of every head that came through, in order. */
  readonly heads: readonly (readonly (readonly [string, string])[])[];
  /** Breaches of the contract between codec and engine. */
  readonly complaints: readonly string[];
  /** Bytes that it keeps for bodies that nobody takes. */
  readonly heldBytes: number;
}
