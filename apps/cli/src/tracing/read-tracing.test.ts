// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { readTracing } from './read-tracing.ts';
import type { Environment, TracingFlags } from './read-tracing.ts';

const NO_FLAGS: TracingFlags = { otlpEndpoint: undefined, traceRatio: undefined };
const HERE: Environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

function messageOf(environment: Environment, flags = NO_FLAGS): string {
  try {
    readTracing(flags, environment);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

describe('readTracing', () => {
  it('exports nothing where nobody says where to, whatever else is set', () => {
    expect(readTracing(NO_FLAGS, {})).toBeUndefined();
    expect(readTracing(NO_FLAGS, { OTEL_TRACES_SAMPLER: 'always_on', OTEL_SERVICE_NAME: 'edge' })).toBeUndefined();
    expect(readTracing(NO_FLAGS, { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' })).toBeUndefined();
  });

  it('has a default for all but the place', () => {
    expect(readTracing(NO_FLAGS, HERE)).toStrictEqual({
      sampler: { isParentBased: true, ratio: 1 },
      exportTo: {
        url: 'http://127.0.0.1:4318/v1/traces',
        headers: {},
        timeoutMs: 10_000,
        resource: { 'service.name': 'weir' },
      },
    });
  });

  it('is of a workload where one makes the spans, unless somebody says otherwise', () => {
    const own = { 'service.name': 'cart', 'service.namespace': 'shop' };
    expect(readTracing(NO_FLAGS, HERE, own)?.exportTo.resource).toStrictEqual(own);
    expect(readTracing(NO_FLAGS, { ...HERE, OTEL_SERVICE_NAME: 'basket' }, own)?.exportTo.resource).toStrictEqual({
      ...own,
      'service.name': 'basket',
    });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example/otlp/' }, 'https://c.example/otlp/v1/traces'],
    [{ ...HERE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t.example:1/as/it/is' }, 'http://t.example:1/as/it/is'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t.example:1' }, 'http://t.example:1/'],
  ])('finds the URL as the specification says: %j', (environment, url) => {
    expect(readTracing(NO_FLAGS, environment)?.exportTo.url).toBe(url);
  });

  it('goes by flags before variables', () => {
    const environment = { ...HERE, OTEL_SDK_DISABLED: 'true', OTEL_TRACES_SAMPLER: 'always_off' };
    expect(readTracing({ otlpEndpoint: 'http://f.example/', traceRatio: 0.25 }, environment)).toMatchObject({
      sampler: { isParentBased: true, ratio: 0.25 },
      exportTo: { url: 'http://f.example/v1/traces' },
    });
    expect(readTracing({ otlpEndpoint: 'off', traceRatio: 0.25 }, HERE)).toBeUndefined();
  });

  it.each([{ OTEL_SDK_DISABLED: 'TRUE' }, { OTEL_TRACES_EXPORTER: 'none' }])('is off where a variable says so: %j', off => {
    expect(readTracing(NO_FLAGS, { ...HERE, ...off })).toBeUndefined();
  });

  it.each([
    ['always_on', false, 1],
    ['always_off', false, 0],
    ['traceidratio', false, 0.1],
    ['parentbased_always_on', true, 1],
    ['parentbased_always_off', true, 0],
    ['parentbased_traceidratio', true, 0.1],
  ])('knows the sampler %s', (name, isParentBased, ratio) => {
    const environment = { ...HERE, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: '0.1' };
    expect(readTracing(NO_FLAGS, environment)?.sampler).toStrictEqual({ isParentBased, ratio });
  });

  it('reads headers and attributes with what stands for other characters, the nearer ones first', () => {
    const tracing = readTracing(NO_FLAGS, {
      ...HERE,
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20eDp5, x-a=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-a=2,',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=test%2C1',
      OTEL_SERVICE_NAME: 'edge',
    });
    expect(tracing?.exportTo).toMatchObject({
      headers: { authorization: 'Basic eDp5', 'x-a': '2' },
      timeoutMs: 500,
      resource: { 'service.name': 'edge', 'deployment.environment.name': 'test,1' },
    });
  });

  it.each<[string, Environment, string]>([
    [
      'a place that is no URL',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT is `collector:4318`. Write the URL of a collector, such as http://127.0.0.1:4318.',
    ],
    [
      'a query',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c/?a' },
      'OTEL_EXPORTER_OTLP_ENDPOINT is `http://c/?a`. Write the URL without ? and #.',
    ],
    [
      'another protocol',
      { ...HERE, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL is `grpc`. Write http/protobuf, which collectors take on port 4318.',
    ],
    [
      'another exporter',
      { ...HERE, OTEL_TRACES_EXPORTER: 'zipkin' },
      'OTEL_TRACES_EXPORTER is `zipkin`. Write otlp or none: spans are exported by OTLP only.',
    ],
    [
      'a share above 1',
      { ...HERE, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.5' },
      'OTEL_TRACES_SAMPLER_ARG is `1.5`. Write a number from 0 to 1, such as 0.05.',
    ],
    [
      'a timeout of nothing',
      { ...HERE, OTEL_EXPORTER_OTLP_TIMEOUT: '0' },
      'OTEL_EXPORTER_OTLP_TIMEOUT is `0`. Write milliseconds, from 1 to 600000.',
    ],
  ])('refuses %s, and says what to write', (_what, environment, message) => {
    expect(messageOf(environment)).toBe(message);
  });

  it('names the samplers that there are', () => {
    expect(messageOf({ ...HERE, OTEL_TRACES_SAMPLER: 'some' })).toMatch(
      /^OTEL_TRACES_SAMPLER is `some`\. Write one of always_on, .*parentbased_traceidratio\.$/,
    );
  });

  it.each([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:hunter2@c.example' },
      'OTEL_EXPORTER_OTLP_ENDPOINT cannot be used. Write user and password',
    ],
    [
      { ...HERE, OTEL_EXPORTER_OTLP_HEADERS: 'hunter2' },
      'OTEL_EXPORTER_OTLP_HEADERS cannot be used. Write name=value,name=value; header 1 is',
    ],
    [
      { ...HERE, OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=hunter2%' },
      'OTEL_EXPORTER_OTLP_HEADERS cannot be used. Write % as %25; in header 2',
    ],
    [
      { ...HERE, OTEL_EXPORTER_OTLP_HEADERS: 'a=hunter2%0a' },
      'OTEL_EXPORTER_OTLP_HEADERS cannot be used. Write names and values that HTTP can carry; header 1',
    ],
  ])('never shows what may be a secret', (environment, beginning) => {
    expect(messageOf(environment)).toContain(beginning);
    expect(messageOf(environment)).not.toContain('hunter2');
  });

  it('refuses a share of nothing', () => {
    expect(messageOf({}, { otlpEndpoint: undefined, traceRatio: 0.5 })).toContain('write --otlp-endpoint URL as well');
  });
});
