// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { TracingOptions } from '@weir/gateway';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { parseOtlpHeaders, parseOtlpUrl, parseRatio, parseResourceAttributes, parseSampler } from './parse-otlp.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line says; undefined = nothing. */
export interface TracingFlags {
  /** Base URL of a collector, or `off`. */
  readonly otlpEndpoint: string | undefined;
  readonly traceRatio: number | undefined;
}

/** Whose the spans are where nobody says it. */
const GATEWAY: TracingOptions['exportTo']['resource'] = { 'service.name': 'weir' };
/** Of the specification, for a batch with its repetitions. */
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 600_000;

/**
 * Where spans go, by the command line first and then by OpenTelemetry's environment variables; undefined = nowhere. A variable that is
 * set to nothing is not set. `own`: attributes of who makes the spans, the service's name among them. Throws CommandFailure with the variable's name where one cannot be used, and never shows a header's value.
 */
export function readTracing(flags: TracingFlags, environment: Environment, own = GATEWAY): TracingOptions | undefined {
  const read = readerOf(environment);
  const url = endpointUrl(flags, read);
  if (url === undefined) {
    if (flags.traceRatio === undefined || flags.otlpEndpoint === 'off') return undefined;
    throw usage('--trace-ratio says which requests are traced, but not where to: write --otlp-endpoint URL as well');
  }
  refuseOtherProtocols(read);
  const named = read('OTEL_SERVICE_NAME', text => text);
  const attributes = read('OTEL_RESOURCE_ATTRIBUTES', parseResourceAttributes) ?? {};
  return {
    sampler: samplerOf(flags, read),
    exportTo: {
      url,
      headers: {
        ...read('OTEL_EXPORTER_OTLP_HEADERS', parseOtlpHeaders),
        ...read('OTEL_EXPORTER_OTLP_TRACES_HEADERS', parseOtlpHeaders),
      },
      timeoutMs: timeoutMs(read),
      resource: {
        ...own,
        ...attributes,
        ...(named === undefined ? {} : { 'service.name': named }),
      },
    },
  };
}

/** Undefined = the variable is not set. */
type Read = <Value>(name: string, parse: (text: string) => Value) => Value | undefined;

function readerOf(environment: Environment): Read {
  return (name, parse) => {
    const text = environment[name]?.trim() ?? '';
    if (text === '') return undefined;
    try {
      return parse(text);
    } catch (error) {
      const shown = isSecret(name, text) ? 'cannot be used' : `is \`${text}\``;
      throw usage(`${name} ${shown}. ${reasonWords(error)}`);
    }
  };
}

/** Headers are credentials more often than not, and so is what stands before the @ of a URL. */
function isSecret(name: string, text: string): boolean {
  return name.endsWith('_HEADERS') || text.includes('@');
}

function endpointUrl({ otlpEndpoint }: TracingFlags, read: Read): string | undefined {
  if (otlpEndpoint !== undefined) return otlpEndpoint === 'off' ? undefined : tracesUrl(otlpEndpoint);
  const isOff = read('OTEL_SDK_DISABLED', text => text.toLowerCase() === 'true') ?? false;
  if (isOff || read('OTEL_TRACES_EXPORTER', parseExporter) === 'none') return undefined;
  return (
    read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', text => parseOtlpUrl(text).href) ??
    read('OTEL_EXPORTER_OTLP_ENDPOINT', text => tracesUrl(parseOtlpUrl(text).href))
  );
}

/** A base gets the signal's path (OTLP, Endpoint URLs for OTLP/HTTP). */
function tracesUrl(base: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

function parseExporter(text: string): 'none' | 'otlp' {
  if (text === 'none' || text === 'otlp') return text;
  throw new Error('Write otlp or none: spans are exported by OTLP only.');
}

function refuseOtherProtocols(read: Read): void {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    if (read(name, parseProtocol) !== undefined) return;
  }
}

function parseProtocol(text: string): string {
  if (text === 'http/protobuf') return text;
  throw new Error('Write http/protobuf, which collectors take on port 4318.');
}

function timeoutMs(read: Read): number {
  const parse = (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > MAX_TIMEOUT_MS) throw new Error(`Write milliseconds, from 1 to ${MAX_TIMEOUT_MS}.`);
    return value;
  };
  return read('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', parse) ?? read('OTEL_EXPORTER_OTLP_TIMEOUT', parse) ?? DEFAULT_TIMEOUT_MS;
}

function samplerOf({ traceRatio }: TracingFlags, read: Read): TracingOptions['sampler'] {
  if (traceRatio !== undefined) return { isParentBased: true, ratio: traceRatio };
  const isByRatio = read('OTEL_TRACES_SAMPLER', name => name.endsWith('traceidratio')) ?? false;
  const ratio = isByRatio ? (read('OTEL_TRACES_SAMPLER_ARG', parseRatio) ?? 1) : 1;
  const sampler = read('OTEL_TRACES_SAMPLER', name => parseSampler(name, ratio));
  return sampler ?? { isParentBased: true, ratio: 1 };
}

function usage(message: string): CommandFailure {
  return new CommandFailure(EXIT.usage, message);
}
