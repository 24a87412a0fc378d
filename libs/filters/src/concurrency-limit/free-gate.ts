// SPDX-License-Identifier: Apache-2.0
import type { ConcurrencyGate } from './concurrency-gate.ts';

/** Lets everybody in: for whoever only asks what would become of a request. */
export const FREE_GATE: ConcurrencyGate = {
  prepare: (_, { requests }) => ({ requests }),
  enter: () => ({ state: 'entered', turn: undefined, release: () => undefined }),
};
