// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { FaultCode } from '@weir/base';
import { createManualClock, createRecordingHandler, createTestExchange, TestBody } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { createCellMemory, EndpointCell } from './endpoint-cell.ts';
import { createGroupMemory, HealthGroup } from './health-group.ts';
import { ObservedCall } from './observed-call.ts';
import { OutcomeRecorder } from './outcome-recorder.ts';

const OUTLIERS = {
  ...{ consecutive5xx: 0, consecutiveGatewayErrors: 0, intervalMs: 1000, baseEjectionMs: 1000, maxEjectionMs: 1000 },
  ...{ maxEjectionPercent: 100, successRate: { minimumRequests: 1, minimumEndpoints: 1, standardDeviations: 1 } },
  latency: { minimumRequests: 1, minimumEndpoints: 1, factor: 2, thresholdMs: 1 },
};

interface Asked {
  readonly isGrpc?: boolean;
  readonly bodyBytes?: number;
}

/** What is noted of a call: `success`, `server`, `gateway` or `nothing`. */
function noted(act: (call: ObservedCall) => void, { isGrpc = false, bodyBytes = 0 }: Asked = {}): string {
  const cell = new EndpointCell(createCellMemory());
  const recorder = new OutcomeRecorder(OUTLIERS, new HealthGroup(createGroupMemory()), 2);
  const headers = new HeaderList();
  if (isGrpc) headers.append('content-type', 'application/grpc');
  const exchange = createTestExchange({ request: { headers }, body: new TestBody(bodyBytes) });
  const init = { recorder, cell, exchange, handler: createRecordingHandler(), clock: createManualClock() };
  act(new ObservedCall(init).follow({ resume: () => undefined, cancel: () => undefined }));
  const { answers, failures } = cell.counts;
  expect(answers).toBeLessThanOrEqual(1);
  if (answers === 0) return 'nothing';
  if (failures === 0) return 'success';
  return cell.addGatewayError(true) === 2 ? 'gateway' : 'server';
}

const HEAD = { status: 200, headers: new HeaderList(), contentLength: 0 };

function grpcStatus(code: string): HeaderList {
  const fields = new HeaderList();
  fields.append('grpc-status', code);
  return fields;
}

describe('of a call is noted', () => {
  it.each([
    [200, 'success'],
    [404, 'success'],
    [500, 'server'],
    [501, 'server'],
    [502, 'gateway'],
    [503, 'gateway'],
    [504, 'gateway'],
  ])('an answer with status %i as %s', (status, outcome) => {
    const act = (call: ObservedCall): void => {
      call.onHead({ ...HEAD, status });
      call.onEnd(undefined);
    };
    expect(noted(act)).toBe(outcome);
  });

  it.each<[FaultCode, string]>([
    ['upstream_connect_failed', 'gateway'],
    ['upstream_tls_failed', 'gateway'],
    ['upstream_timeout', 'gateway'],
    ['client_closed', 'nothing'],
    ['request_timeout', 'nothing'],
    ['overloaded', 'nothing'],
    ['no_endpoints', 'nothing'],
  ])('the fault %s as %s', (code, outcome) => {
    expect(noted(call => call.onFault(new Fault(code, 'broken')))).toBe(outcome);
  });

  it('half an answer as an error of a gateway', () => {
    const act = (call: ObservedCall): void => {
      call.onHead(HEAD);
      call.onFault(new Fault('upstream_reset', 'broken'));
    };
    expect(noted(act)).toBe('gateway');
  });

  it('an answer that is still coming as nothing, and a WebSocket as a success', () => {
    expect(noted(call => call.onHead(HEAD))).toBe('nothing');
    expect(noted(call => call.onHead({ ...HEAD, status: 101 }))).toBe('success');
  });

  it.each([
    ['0', 'success'],
    ['2', 'server'],
    ['4', 'success'],
    ['5', 'success'],
    ['13', 'server'],
    ['14', 'gateway'],
  ])('the gRPC status %s as %s, in trailers and in a head', (code, outcome) => {
    const inTrailers = (call: ObservedCall): void => {
      call.onHead(HEAD);
      call.onEnd(grpcStatus(code));
    };
    const inHead = (call: ObservedCall): void => {
      call.onHead({ ...HEAD, headers: grpcStatus(code) });
      call.onEnd(undefined);
    };
    expect([inTrailers, inHead].map(act => noted(act, { isGrpc: true }))).toEqual([outcome, outcome]);
    // Anybody may write such a field into another answer.
    expect([inTrailers, inHead].map(act => noted(act))).toEqual(['success', 'success']);
  });

  it('an answer that comes too late for the policy, where the endpoint had all of the request', () => {
    expect(noted(call => call.cancel('late'))).toBe('gateway');
    expect(noted(call => call.cancel())).toBe('nothing');
    expect(noted(call => call.cancel('late'), { bodyBytes: 10 })).toBe('nothing');
  });
});
