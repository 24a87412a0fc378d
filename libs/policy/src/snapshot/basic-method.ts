// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';

/** Name and password of a Consumer (RFC 7617). */
export interface BasicMethod {
  readonly kind: 'basic';
  readonly name: string;
  /** What the name and password are for, in the words that a browser shows; printable ASCII without quotes and backslashes. */
  readonly realm: string;
  /** Name of the Consumers resource. */
  readonly consumers: ResourceName;
  /** Whether the credential goes on to the backend. */
  readonly isForwarded: boolean;
}

/** One password of a Consumer; several are valid at once. */
export interface ConsumerPassword {
  readonly username: string;
  /** As parsePasswordHash reads it. */
  readonly hash: string;
  /** From then on it is refused, milliseconds since the Unix epoch; 0 = never. */
  readonly expiresMs: number;
}
