// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange } from '@weir/base';
import { createManualClock, createScriptedRandom, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { WriteBatch } from '../http1/socket-writer.ts';
import { ConnectionContext } from './connection-context.ts';
import { defaultLimits } from './settings.ts';

function refusedOver(protocol: Exchange['protocol']): readonly Exchange[] {
  const recorded: Exchange[] = [];
  const engine = {
    clock: createManualClock(),
    limits: defaultLimits,
    batch: new WriteBatch(),
    random: createScriptedRandom(),
    isDraining: false,
    coarseNowMs: 0,
    dateText: '',
    shedder: { requestsInFlight: 0 },
    telemetry: { requestStarted: () => undefined },
    route: () => {
      throw new Fault('internal', 'a refused request has no route');
    },
    record: (exchange: Exchange) => void recorded.push(exchange),
  };
  const { downstream } = createTestExchange();
  const origin = { port: 'n/g/80', listener: undefined };
  new ConnectionContext(engine, { downstream, origin, onClosed: () => undefined }).onRefused(
    new Fault('bad_request', 'no path'),
    protocol,
  );
  return recorded;
}

describe('ConnectionContext', () => {
  it.each(['HTTP/1.1', 'HTTP/2'] as const)(
    'records a request refused over %s as such, with the status of its fault',
    protocol => {
      expect(refusedOver(protocol)).toMatchObject([{ protocol, status: 400, fault: 'bad_request', faultDetail: 'no path' }]);
    },
  );
});
