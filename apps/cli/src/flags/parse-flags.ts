// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import { anyAddress, parseByteSize, parseDuration, reasonWords } from '@weir/base';
import { MIN_MAX_TIME_SERIES } from '@weir/telemetry';
import { InvalidArgumentError } from 'commander';
import { parseOtlpUrl, parseRatio } from '../tracing/parse-otlp.ts';

const MAX_WORKERS = 256;
const MIN_MEMORY_BYTES = 64 * 1024 ** 2;
const MAX_HOPS = 32;
/** All that workers count: 2,000 series of each metric. */
const MAX_TIME_SERIES = 100_000;
const MAX_PORT = 65_535;

/** A number of worker threads. */
export function parseWorkerCount(text: string): number {
  return parseWhole(text, { min: 1, max: MAX_WORKERS });
}

export function parseHopCount(text: string): number {
  return parseWhole(text, { min: 0, max: MAX_HOPS });
}

/** How many time series a page of metrics has at most. */
export function parseMaxSeries(text: string): number {
  return parseWhole(text, { min: MIN_MAX_TIME_SERIES, max: MAX_TIME_SERIES });
}

/** A zone's name, which is the value of a label; '' = not known, as an environment variable says it that is set to nothing. */
export function parseZone(text: string): string {
  if (text !== '' && !/^(?=.{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError('Write the name of a zone, such as europe-west1-b: letters, digits, -, _ and ., 63 at most.');
  }
  return text;
}

/** A node's name, which is a DNS subdomain; '' = not known. */
export function parseNode(text: string): string {
  if (text !== '' && !/^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError(
      'Write the name of a node, such as worker-1: lower-case letters, digits, - and ., 253 at most.',
    );
  }
  return text;
}

/** An IP address: a name may stand for several, and for others tomorrow. */
export function parseAddress(text: string): string {
  if (isIP(text) === 0) {
    throw new InvalidArgumentError('Write an IP address: 127.0.0.1 for this machine only, 0.0.0.0 or :: for every interface.');
  }
  return text;
}

/** Of a client that may be anywhere. */
export function parseCaller(text: string): { readonly clientAddress?: string; readonly caller?: string } {
  if (IDENTITY.test(text)) return { caller: text };
  if (isIP(text) === 0 || text.includes('%')) {
    throw new InvalidArgumentError(
      'Write the IP address of a client, such as 192.0.2.7 or 2001:db8::1, or a workload of the mesh, such as shop/cart.',
    );
  }
  return { clientAddress: text };
}

/** `NAMESPACE/SERVICE-ACCOUNT`. */
const IDENTITY = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** `127.0.0.1:9464`, `[::1]:9464`, `:9464` (loopback), or `off`. */
export function parseMetricsAddress(text: string): { readonly address: string; readonly port: number } | 'off' {
  if (text === 'off') return 'off';
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const address = bracketed ?? addressFrom(plain) ?? '';
  const port = Number(digits);
  if (isIP(address) === 0 || port > MAX_PORT) {
    throw new InvalidArgumentError(
      'Write ADDRESS:PORT, such as 127.0.0.1:9464, or *:9464 for every address of this machine, or off.',
    );
  }
  return { address, port };
}

function addressFrom(text: string | undefined): string | undefined {
  if (text === '*') return anyAddress();
  return text === '' ? '127.0.0.1' : text;
}

/** `name: value`, as curl takes it. */
export function parseHeader(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0)).trim().toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) throw new InvalidArgumentError("Write 'name: value', such as 'x-canary: yes'.");
  return [name, text.slice(colon + 1).trim()];
}

/** Collects an option that may be given several times. */
export function collectHeader(
  text: string,
  earlier: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  return [...earlier, parseHeader(text)];
}

/** Bytes that a process can live with: Node alone takes half of the least. */
export function parseMemory(text: string): number {
  const bytes = parsed(() => parseByteSize(text));
  if (bytes < MIN_MEMORY_BYTES) throw new InvalidArgumentError('Write 64MiB or more: below it, nothing would be served.');
  return bytes;
}

/** Milliseconds of `500ms`, `30s`, `1m30s`, or a plain 0. */
export function parseWait(text: string): number {
  return text === '0' ? 0 : parsed(() => parseDuration(text));
}

/** Base URL of a collector, or `off`. */
export function parseEndpoint(text: string): string {
  return text === 'off' ? text : parsed(() => parseOtlpUrl(text).href);
}

/** 0 to 1. */
export function parseShare(text: string): number {
  return parsed(() => parseRatio(text));
}

function parsed<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError(reasonWords(error));
  }
}

function parseWhole(text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
  return value;
}
