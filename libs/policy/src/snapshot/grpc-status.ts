// SPDX-License-Identifier: Apache-2.0

/** Status codes of gRPC (grpc/grpc doc/statuscodes.md) in their order, so that a name's place is its number. */
export const GRPC_STATUS_NAMES = [
  'ok',
  'cancelled',
  'unknown',
  'invalid-argument',
  'deadline-exceeded',
  'not-found',
  'already-exists',
  'permission-denied',
  'resource-exhausted',
  'failed-precondition',
  'aborted',
  'out-of-range',
  'unimplemented',
  'internal',
  'unavailable',
  'data-loss',
  'unauthenticated',
] as const;
