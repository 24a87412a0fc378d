// SPDX-License-Identifier: Apache-2.0
import type { Linter } from 'eslint';

/** Syntax that is forbidden everywhere. */
export const SYNTAX_BANS = [
  {
    selector: 'ExportAllDeclaration',
    message: 'Name each export: a public surface is a list that somebody decided on.',
  },
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Export by name, so that a thing is called the same everywhere.',
  },
  {
    selector: 'TSAsExpression > TSStringKeyword',
    message: 'Do not cast a branded name back to string: it already is one, and from anything else parse it.',
  },
];

/** Time, chance and surroundings come through ports, so that a test decides them (libs/base/src/ports). */
const TIMER = 'Take a Clock (@weir/base): tests move time by hand, and nothing waits for the real one.';
const CHANCE = 'Take a Random (@weir/base): tests bring a seeded one.';

export const GLOBAL_BANS = [
  { name: 'setTimeout', message: TIMER },
  { name: 'setInterval', message: TIMER },
  { name: 'fetch', message: 'A library does no network calls of its own; take what it needs as an argument.' },
];

export const PROPERTY_BANS = [
  { object: 'Date', property: 'now', message: TIMER },
  { object: 'performance', property: 'now', message: TIMER },
  { object: 'Math', property: 'random', message: CHANCE },
  { object: 'process', property: 'env', message: 'Settings are read once, by the app, and passed in.' },
];

export const TIME_SYNTAX_BANS = [{ selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: TIMER }];

const DEEP = {
  regex: '^@weir/[^/]+/(src|dist)(/|$)',
  message: 'Import what the package exports; what it does not export is its own business.',
};

const REAL_TIMERS = { regex: '^node:timers', message: TIMER };

const NOT_IN_WORKERS = {
  regex: '^(zod|yaml|chokidar|commander|@peculiar/x509|reflect-metadata)(/|$)',
  message:
    'What carries traffic never loads parsers of documents, command lines or ASN.1: they cost each worker memory and start-up time.',
};

const NO_COMPILER = {
  regex: '^@weir/policy/(documents|resolve|compile)$',
  message: 'What carries traffic knows only the compiled form: import @weir/policy/snapshot.',
};

const NO_EXPORTER = {
  regex: '^(@opentelemetry/|@weir/telemetry/span-export$)',
  message: 'Spans are exported by the main thread, which loads what it needs for that when it is configured.',
};

/** What a pure library may take from Node: computing on values, nothing that reads or waits. */
const PURE_BUILTINS = {
  'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  // A list of names, so that a misspelt cipher is refused where it is written and not at a handshake.
  'node:tls': ['getCiphers'],
  'node:crypto': [
    'X509Certificate',
    'createHash',
    'createHmac',
    'createPrivateKey',
    'createPublicKey',
    'createSecretKey',
    'hash',
    'scryptSync',
    'timingSafeEqual',
    'verify',
  ],
};

const PURE = {
  // Types cost nothing at run time.
  regex: `^node:(?!(${Object.keys(PURE_BUILTINS)
    .map(name => name.slice('node:'.length))
    .join('|')})$)`,
  allowTypeImports: true,
  message:
    'This library is pure: the platform is crossed in libs/proxy and in the apps, so that everything else needs no socket, file or clock to be tested.',
};

const NETWORK = {
  regex: '^node:(child_process|cluster|dgram|dns|http|http2|https|net|tls|worker_threads)(/|$)',
  allowTypeImports: true,
  message: 'Unit tests of pure libraries need no network and no process; that is what e2e is for.',
};

const purePaths = Object.entries(PURE_BUILTINS).map(([name, allowImportNames]) => ({
  name,
  allowImportNames,
  allowTypeImports: true,
  message: 'This library is pure: only what computes on values may be taken from here.',
}));

/** What is true of a part of the repository; what is absent is not. */
interface Zone {
  /** Under libs/. */
  readonly isLibrary?: boolean;
  /** Touches no platform. */
  readonly isPure?: boolean;
  readonly isPureTest?: boolean;
  /** Loaded by worker threads. */
  readonly carriesTraffic?: boolean;
}

interface Pattern {
  readonly regex: string;
  readonly message: string;
  readonly allowTypeImports?: boolean;
}

/**
 * Options of no-restricted-imports for a zone of the repository. Zones must not overlap: the last one that matches a file
 * wins whole.
 */
export function importBans(zone: Zone): Linter.RuleEntry {
  const patterns: Pattern[] = [DEEP];
  if (zone.isLibrary) patterns.push(REAL_TIMERS);
  if (zone.carriesTraffic) patterns.push(NOT_IN_WORKERS, NO_COMPILER, NO_EXPORTER);
  if (zone.isPure) patterns.push(PURE);
  if (zone.isPureTest) patterns.push(NETWORK);
  return ['error', { paths: zone.isPure ? purePaths : [], patterns }];
}
