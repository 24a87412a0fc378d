// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Exchange } from '@weir/base';
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { askedTimeoutMs } from './asked-timeout.ts';

function asked(side: Exchange['meshSide'], ...fields: (readonly [string, string])[]): number | undefined {
  const exchange = createTestExchange({ request: { headers: HeaderList.of(...fields) } });
  exchange.meshSide = side;
  return askedTimeoutMs(exchange);
}

const GRPC = ['content-type', 'application/grpc'] as const;

describe('how long a caller waits', () => {
  it.each<[string, Exchange['meshSide'], (readonly [string, string])[], number | undefined]>([
    ['is not said by most', 'receiver', [], undefined],
    ['is said by workloads, who round down', 'receiver', [['weir-timeout-ms', '1500']], 1501],
    ['is said by the own application', 'caller', [['weir-timeout-ms', '20']], 21],
    ['is nobody’s to say at the edge', undefined, [['weir-timeout-ms', '20']], undefined],
    ['is said by gRPC callers everywhere', undefined, [GRPC, ['grpc-timeout', '5m']], 5],
    ['is what the call says where both are there', 'receiver', [GRPC, ['grpc-timeout', '5m'], ['weir-timeout-ms', '9']], 5],
    ['is never nothing', 'caller', [['weir-timeout-ms', '0']], 1],
    ['is none beyond what a timer can have', 'caller', [['weir-timeout-ms', '2147483647']], undefined],
    ['is none where it is no number', 'caller', [['weir-timeout-ms', '1e3']], undefined],
    ['is none where it is negative', 'caller', [['weir-timeout-ms', '-5']], undefined],
  ])('%s', (_, side, fields, expected) => {
    expect(asked(side, ...fields)).toBe(expected);
  });
});
