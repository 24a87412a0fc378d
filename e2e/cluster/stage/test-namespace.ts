// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from './run-program.ts';
import { listOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/** Namespaces that a test made, and may remove. */
const OURS = 'weir-e2e';
/** Of what a test makes in the cluster itself. */
export const OURS_OF_CLUSTER = { [OURS]: 'true' };
/** Name of the ConfigMap with the programs that run in pods. */
export const PROGRAMS = 'programs';
const PROGRAM_FILES = [
  'client.mjs',
  'echo.mjs',
  'kill.mjs',
  'load.mjs',
  'metrics.mjs',
  'revision.mjs',
  'signal.mjs',
  'websocket.mjs',
  'websocket-echo.mjs',
];

/** A namespace of one test, which goes with its scope, with all that is in it. */
export class TestNamespace implements AsyncDisposable {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** `kubectl` in this namespace. */
  kubectl(words: readonly string[], input?: string): Promise<string> {
    return kubectl(['--namespace', this.name, ...words], input);
  }

  async apply(...manifests: readonly Manifest[]): Promise<void> {
    await this.kubectl(['apply', '--filename', '-'], listOf(manifests));
  }

  /** Waits for a condition of an object, such as `gateway/edge` and `Programmed`; says what the object is like where it does not come. */
  async hasCondition(object: string, condition: string, timeoutSeconds = 60): Promise<void> {
    try {
      await this.kubectl(['wait', object, `--for=condition=${condition}`, `--timeout=${timeoutSeconds}s`]);
    } catch (cause) {
      const state = await this.kubectl(['get', object, '--output', 'yaml']).catch(String);
      throw new Error(`${object} did not become ${condition}\n${state}\n${await this.kubectl(['get', 'pods'])}`, { cause });
    }
  }

  /** What a JSONPath finds in an object, once there is something. */
  async waitForField(object: string, path: string, timeoutSeconds = 60): Promise<string> {
    await this.kubectl(['wait', object, `--for=jsonpath=${path}`, `--timeout=${timeoutSeconds}s`]);
    return this.kubectl(['get', object, '--output', `jsonpath=${path}`]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await kubectl(['delete', 'namespace', this.name, '--ignore-not-found', '--wait=false']);
  }
}

/** Makes a namespace with the programs of tests in it, and more by the names of files. Waits for the end of one of this name from an earlier run. */
export async function openNamespace(
  name: string,
  labels: Readonly<Record<string, string>> = {},
  programs: Readonly<Record<string, string>> = {},
): Promise<TestNamespace> {
  await kubectl(['delete', 'namespace', name, '--ignore-not-found']);
  const metadata = { name, labels: { ...labels, ...OURS_OF_CLUSTER } };
  await kubectl(['create', '--filename', '-'], listOf([{ apiVersion: 'v1', kind: 'Namespace', metadata }]));
  const namespace = new TestNamespace(name);
  const data = { ...readPrograms(), ...programs };
  // Applying would keep a copy in an annotation, in which a bundled program has no room.
  await namespace.kubectl(
    ['create', '--filename', '-'],
    listOf([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: PROGRAMS }, data }]),
  );
  return namespace;
}

/** Removes all namespaces of tests, and waits until they are gone. */
export async function removeNamespaces(): Promise<void> {
  // As long as an API has nobody behind it, no namespace comes to its end.
  await kubectl(['delete', 'apiservice', '--selector', `${OURS}=true`, '--ignore-not-found']);
  await kubectl(['delete', 'namespace', '--selector', `${OURS}=true`, '--ignore-not-found']);
}

function readPrograms(): Readonly<Record<string, string>> {
  const folder = join(import.meta.dirname, '../programs');
  return Object.fromEntries(PROGRAM_FILES.map(file => [file, readFileSync(join(folder, file), 'utf8')]));
}
