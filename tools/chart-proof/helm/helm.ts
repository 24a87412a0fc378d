// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const CHART = join(import.meta.dirname, '../../../charts/weir');

export interface HelmResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What tests look at of any object. */
export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Of a role. */
  readonly rules?: unknown;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
}

/** Runs helm, which needs no cluster for what is asked of it here. */
export function helm(...words: readonly string[]): HelmResult {
  const { status, stdout, stderr } = spawnSync('helm', words, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** `helm template` of a release `weir` in `weir-system`. */
export function renderChart(...words: readonly string[]): HelmResult {
  return helm('template', 'weir', CHART, '--namespace', 'weir-system', ...words);
}

/** Each object of a manifest, by `KIND NAME`. Throws on what is no YAML. */
export function objectsOf(manifest: string): ReadonlyMap<string, RenderedObject> {
  const documents = parseAllDocuments(manifest);
  if (!Array.isArray(documents)) return new Map();
  const objects = documents.map(document => {
    if (document.errors.length > 0) throw new Error(document.errors.join('\n'));
    return document.toJS() as RenderedObject | null;
  });
  return new Map(objects.filter(object => object !== null).map(object => [`${object.kind} ${object.metadata.name}`, object]));
}
