// SPDX-License-Identifier: Apache-2.0
import type { MeshSettings } from '../../snapshot/index.ts';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import { cidrFromText } from '../../documents/kinds/weir/cidr.ts';

/** What can be said of the mesh as a whole. */
export type MeshParameters = Pick<MeshSettings, 'ranges' | 'trustDomain' | 'unknownDestinations'>;

/** Of a mesh of which nothing is said. */
export const DEFAULT_PARAMETERS: MeshParameters = Object.freeze({
  trustDomain: 'weir.local',
  ranges: Object.freeze([]),
  unknownDestinations: 'allow',
});

/** What cannot be read of parameters: nothing that nobody has registered is let out, as that may have been forbidden. */
export const UNREADABLE_PARAMETERS: MeshParameters = Object.freeze({ ...DEFAULT_PARAMETERS, unknownDestinations: 'registered' });

/** Something wrong about one key. */
export interface ParameterFault {
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

/** SPIFFE-ID, 2.1: the name of a trust domain. */
const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/;
/** More are a list that nobody maintains; every sidecar holds all of them. */
const MAX_RANGES = 256;
const DESTINATIONS: ReadonlyMap<string, MeshSettings['unknownDestinations']> = new Map([
  ['Allow', 'allow'],
  ['Registered', 'registered'],
]);

type Parsed = Partial<MeshParameters> | Omit<ParameterFault, 'key'>;

const KEYS: ReadonlyMap<string, (text: string) => Parsed> = new Map([
  ['trustDomain', parseTrustDomain],
  ['ranges', parseRanges],
  ['unknownDestinations', parseDestinations],
]);

/** Reads the data of a ConfigMap. What is wrong falls back to what is safe, and the rest holds. */
export function parseMeshParameters(data: Readonly<Record<string, string>>): {
  readonly parameters: MeshParameters;
  readonly faults: readonly ParameterFault[];
} {
  const faults: ParameterFault[] = [];
  let parameters = DEFAULT_PARAMETERS;
  for (const [key, text] of Object.entries(data)) {
    const parsed = KEYS.get(key)?.(text.trim()) ?? unknownKey(key);
    if ('message' in parsed) faults.push({ key, ...parsed });
    else parameters = { ...parameters, ...parsed };
  }
  const isClosed = faults.some(({ key }) => key !== 'ranges' && key !== 'trustDomain');
  return { parameters: isClosed ? { ...parameters, unknownDestinations: 'registered' } : parameters, faults };
}

function unknownKey(key: string): Parsed {
  const nearest = nearestName(key, KEYS.keys());
  const hint = nearest === undefined ? `known are ${[...KEYS.keys()].join(', ')}` : `did you mean \`${nearest}\`?`;
  return { message: `has key \`${key}\`, which says nothing of a mesh`, hint };
}

function parseTrustDomain(text: string): Parsed {
  if (TRUST_DOMAIN.test(text)) return { trustDomain: text };
  return {
    message: `has trustDomain \`${text}\`, which is no name of a trust domain`,
    hint: 'write lower-case letters, digits, dots, hyphens and underscores, such as weir.local',
  };
}

/** Separated by commas, blanks or ends of lines. */
function parseRanges(text: string): Parsed {
  const written = text.split(/[\s,]+/).filter(part => part !== '');
  const ranges = written.flatMap(part => cidrFromText(part) ?? []);
  const wrong = written.find(part => cidrFromText(part) === undefined);
  if (wrong !== undefined) {
    return {
      message: `has \`${wrong}\` in ranges, which is no CIDR`,
      hint: 'write CIDRs separated by commas, such as 10.244.0.0/16, fd00:10:244::/56',
    };
  }
  if (ranges.length > MAX_RANGES) {
    return { message: `has ${ranges.length} ranges, and ${MAX_RANGES} are allowed`, hint: 'write wider ones' };
  }
  return { ranges: [...new Set(ranges)] };
}

function parseDestinations(text: string): Parsed {
  const unknownDestinations = DESTINATIONS.get(text);
  if (unknownDestinations !== undefined) return { unknownDestinations };
  return { message: `has unknownDestinations \`${text}\``, hint: `write ${[...DESTINATIONS.keys()].join(' or ')}` };
}
