// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeLoadReport } from './load-report.ts';

/** cpu 0.25, memory 0.5, a request cost, 12.5 requests and 1.5 errors a second, application 0.75: as protoc encodes it. */
const MESSAGE = Buffer.concat([
  Buffer.from([0x09]),
  double(0.25),
  Buffer.from([0x11]),
  double(0.5),
  Buffer.from([0x22, 0x0c, 0x0a, 0x01, 0x61, 0x11]),
  double(3),
  Buffer.from([0x31]),
  double(12.5),
  Buffer.from([0x39]),
  double(1.5),
  Buffer.from([0x49]),
  double(0.75),
]);

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

const WHOLE = { utilization: 0.75, requestsPerSecond: 12.5, errorsPerSecond: 1.5 };

describe('a report of load', () => {
  it.each([
    ['text', 'TEXT cpu_utilization=0.25,application_utilization=0.75, rps_fractional=12.5, eps=1.5, named_metrics.a=1'],
    [
      'JSON',
      'JSON {"cpu_utilization":0.25,"application_utilization":0.75,"rps_fractional":12.5,"eps":1.5,"utilization":{"a":1}}',
    ],
    ['JSON with names as protobuf prints them', 'JSON {"applicationUtilization":0.75,"rpsFractional":"12.5","eps":1.5}'],
    ['protobuf', `BIN ${MESSAGE.toString('base64')}`],
  ])('is read as %s', (_, value) => {
    expect(takeLoadReport(HeaderList.of(['endpoint-load-metrics', value]))).toEqual(WHOLE);
  });

  it('is read as gRPC sends it, without padding too, and taken out', () => {
    const fields = HeaderList.of(
      ['endpoint-load-metrics-bin', MESSAGE.toString('base64').replaceAll('=', '')],
      ['grpc-status', '0'],
    );
    expect(takeLoadReport(fields)).toEqual(WHOLE);
    expect([...fields.entries()]).toEqual([['grpc-status', '0']]);
  });

  it('goes by the processor where the application says nothing', () => {
    const report = takeLoadReport(HeaderList.of(['endpoint-load-metrics', 'TEXT cpu_utilization=0.5']));
    expect(report).toEqual({ utilization: 0.5, requestsPerSecond: 0, errorsPerSecond: 0 });
  });

  it.each([
    'TEXT',
    'TEXT mem_utilization=0.5',
    'TEXT cpu_utilization=-1',
    'TEXT cpu_utilization=0',
    'TEXT cpu_utilization=Infinity',
    'cpu_utilization=0.5',
    'JSON {',
    'JSON null',
    'JSON [1]',
    'BIN CQ==',
    'XML <a/>',
    `TEXT cpu_utilization=0.5,${'a=1,'.repeat(1_100)}`,
  ])('is none that cannot be used: %.40s', value => {
    const fields = HeaderList.of(['endpoint-load-metrics', value]);
    expect(takeLoadReport(fields)).toBeUndefined();
    expect(fields.count).toBe(0);
  });

  it('of any bytes is read or not, and the reading ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
        const value = `BIN ${Buffer.from(bytes).toString('base64')}`;
        const report = takeLoadReport(HeaderList.of(['endpoint-load-metrics', value]));
        if (report !== undefined) for (const number of Object.values(report)) expect(number).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
