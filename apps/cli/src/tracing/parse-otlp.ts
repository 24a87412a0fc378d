// SPDX-License-Identifier: Apache-2.0
import type { TracingOptions } from '@weir/gateway';

// Each throws an Error that says what to write; who asked names the flag or variable, and shows what it holds where that is no secret.

/** A URL of http or https without user and password, which would stand in logs. */
export function parseOtlpUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error('Write the URL of a collector, such as http://127.0.0.1:4318.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error(
      'Write user and password not into the URL, which logs show, but as a header into OTEL_EXPORTER_OTLP_HEADERS.',
    );
  }
  if (url.search !== '' || url.hash !== '') throw new Error('Write the URL without ? and #.');
  return url;
}

/** A share of all requests. */
export function parseRatio(text: string): number {
  const ratio = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(ratio >= 0 && ratio <= 1)) throw new Error('Write a number from 0 to 1, such as 0.05.');
  return ratio;
}

type Sampler = TracingOptions['sampler'];

/** Names of the specification; the last two take a ratio, which is 1 where there is none. */
const SAMPLERS: ReadonlyMap<string, (ratio: number) => Sampler> = new Map<string, (ratio: number) => Sampler>([
  ['always_on', () => ({ isParentBased: false, ratio: 1 })],
  ['always_off', () => ({ isParentBased: false, ratio: 0 })],
  ['parentbased_always_on', () => ({ isParentBased: true, ratio: 1 })],
  ['parentbased_always_off', () => ({ isParentBased: true, ratio: 0 })],
  ['traceidratio', ratio => ({ isParentBased: false, ratio })],
  ['parentbased_traceidratio', ratio => ({ isParentBased: true, ratio })],
]);

/** `ratio`: of OTEL_TRACES_SAMPLER_ARG. */
export function parseSampler(name: string, ratio: number): Sampler {
  const create = SAMPLERS.get(name);
  if (create === undefined) throw new Error(`Write one of ${[...SAMPLERS.keys()].join(', ')}.`);
  return create(ratio);
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible characters and blanks: nothing that could end a field. */
const FIELD_VALUE = /^[\x20-\x7e]*$/;

/** `name=value,name=value`, values percent-encoded (OTLP exporter, Specifying headers via environment variables). */
export function parseOtlpHeaders(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parsePairs(text, 'header').map(([name, value], index) => {
      if (FIELD_NAME.test(name) && FIELD_VALUE.test(value)) return [name.toLowerCase(), value];
      throw new Error(`Write names and values that HTTP can carry; header ${index + 1} has something else.`);
    }),
  );
}

/** `name=value,name=value`, values percent-encoded (Resource SDK, Specifying resource information via an environment variable). */
export function parseResourceAttributes(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(parsePairs(text, 'attribute'));
}

/** Values are not shown: they may be secrets. */
function parsePairs(text: string, what: string): readonly (readonly [name: string, value: string])[] {
  const pairs = text.split(',').filter(pair => pair.trim() !== '');
  return pairs.map((pair, index) => {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    if (name === '') throw new Error(`Write name=value,name=value; ${what} ${index + 1} is something else.`);
    try {
      return [decodeURIComponent(name), decodeURIComponent(pair.slice(equals + 1).trim())];
    } catch (cause) {
      throw new Error(`Write % as %25; in ${what} ${index + 1} there is one without two hexadecimal digits behind it.`, {
        cause,
      });
    }
  });
}
