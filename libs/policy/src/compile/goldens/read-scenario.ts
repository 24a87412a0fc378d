// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const GOLDENS = join(import.meta.dirname, '../../../goldens');

/** Documents and what they are to come to, written by hand in `goldens/SENTENCE/`. Each part of `expected` may be left out. */
export interface Scenario {
  readonly name: string;
  readonly documents: string;
  readonly expected: Expectation;
}

export interface Expectation {
  /** The documents are those of a cluster. */
  readonly isInCluster?: boolean;
  /** By name, the part that matters. */
  readonly resources?: Readonly<Record<string, object>>;
  /** Names that must not be there; one that ends in `*` stands for all that begin so. */
  readonly absent?: readonly string[];
  /** By `Kind/namespace/name`, as compactStatus writes them, the part that matters. */
  readonly statuses?: Readonly<Record<string, object>>;
  /** All of them, in order; none when left out. */
  readonly problems?: readonly ExpectedProblem[];
}

export interface ExpectedProblem {
  /** Stands in the line that the problem points at. */
  readonly at: string;
  /** `Kind namespace/name: message`; one of the two. */
  readonly error?: string;
  readonly warning?: string;
  readonly hint?: string;
}

export function readScenarios(): readonly Scenario[] {
  const folders = readdirSync(GOLDENS, { withFileTypes: true }).filter(
    entry => entry.isDirectory() && entry.name !== 'credentials',
  );
  return folders.map(({ name }) => {
    const expected = parse(readFileSync(join(GOLDENS, name, 'expected.yaml'), 'utf8')) as Expectation;
    const written = readFileSync(join(GOLDENS, name, 'documents.yaml'), 'utf8');
    return { name: name.replaceAll('-', ' '), documents: withCredentials(written), expected };
  });
}

/** `$(shop.crt)` stands for that credential in base64, `$(text authority.crt)` for it as a quoted text. */
export function withCredentials(yaml: string): string {
  return yaml.replaceAll(/\$\((text )?([\w.]+)\)/g, (_, text: string | undefined, file: string) => {
    const pem = readFileSync(join(GOLDENS, 'credentials', file), 'utf8');
    return text === undefined ? Buffer.from(pem).toString('base64') : JSON.stringify(pem);
  });
}
