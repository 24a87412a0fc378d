// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { describeRetry } from './describe-retry.ts';

describe('describeRetry', () => {
  it.each([
    [[], [], '1 retry after connection errors; first wait 25 ms'],
    [[502, 503], [], '1 retry after connection errors and 502, 503; first wait 25 ms'],
    [[], [14, 10], '1 retry after connection errors and gRPC unavailable, aborted; first wait 25 ms'],
    [[503], [4, 99], '1 retry after connection errors and 503 and gRPC deadline-exceeded, code 99; first wait 25 ms'],
  ])('names status codes %j and gRPC codes %j', (statusCodes, grpcStatusCodes, text) => {
    expect(describeRetry({ attempts: 1, statusCodes, grpcStatusCodes, backoffMs: 25, retriesAllMethods: false })).toBe(text);
  });
});
