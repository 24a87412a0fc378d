// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { LAYERS, TESTED_LAYERS, TESTING_LAYER } from '../lint/layers.ts';
import { findPackages, type WorkspacePackage } from '../workspace/find-packages.ts';

const RULE = '@nx/enforce-module-boundaries';
const ROOT = join(import.meta.dirname, '../..');
const packages = findPackages(ROOT);

/** Only the boundary rule, so that the imaginary files need no place in a TypeScript project. */
const eslint = new ESLint({
  cwd: ROOT,
  ruleFilter: ({ ruleId }) => ruleId === RULE,
  overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } }],
});

interface Import {
  readonly from: WorkspacePackage;
  readonly to: string;
  /** Whether the importing file is a test. */
  readonly isTest?: boolean;
}

async function messagesOf({ from, to, isTest = false }: Import): Promise<readonly string[]> {
  const filePath = join(ROOT, from.root, 'src', isTest ? 'proof.test.ts' : 'proof.ts');
  const [result] = await eslint.lintText(`import { anything } from '${to}';\nexport const proof = anything;\n`, { filePath });
  const messages = result?.messages ?? [];
  const broken = messages.find(message => message.fatal);
  if (broken !== undefined) throw new Error(`lint could not read ${filePath}: ${broken.message}`);
  return messages.map(({ message }) => message);
}

interface Pair {
  readonly from: WorkspacePackage;
  readonly to: WorkspacePackage;
}

/** Every import of one package by another, of those that export something. */
const pairs: readonly Pair[] = packages.flatMap(from => packages.filter(to => to !== from).map(to => ({ from, to })));
const importable = pairs.filter(({ to }) => to.entry !== undefined);
const isAllowed = ({ from, to }: Pair): boolean => LAYERS[from.layer]?.includes(to.layer) ?? false;
const forbidden = importable.filter(pair => !isAllowed(pair));

describe('the table of layers', () => {
  it('has a row for the layer of every package', () => {
    expect(packages.map(({ layer }) => layer).filter(layer => !(layer in LAYERS))).toEqual([]);
  });

  it('names only layers that exist, and never a wildcard', () => {
    const named = Object.values(LAYERS).flat();
    expect(named.filter(layer => !(layer in LAYERS))).toEqual([]);
  });

  it('has no two layers that may import each other', () => {
    const mutual = Object.entries(LAYERS).flatMap(([layer, allowed]) => allowed.filter(other => LAYERS[other]?.includes(layer)));
    expect(mutual).toEqual([]);
  });
});

describe('lint refuses each import that the table does not allow', () => {
  for (const { from, to } of forbidden) {
    it(`${from.name} must not import ${to.name}`, async () => {
      expect(await messagesOf({ from, to: to.entry! })).not.toEqual([]);
    });
  }

  for (const { from, to } of forbidden.filter(pair => pair.to.layer !== TESTING_LAYER)) {
    it(`tests of ${from.name} must not import ${to.name} either`, async () => {
      expect(await messagesOf({ from, to: to.entry!, isTest: true })).not.toEqual([]);
    });
  }

  it('must not reach into another library by a relative path', async () => {
    expect(await messagesOf({ from: packageNamed('@weir/routing'), to: '../../base/src/index.ts' })).not.toEqual([]);
  });
});

describe('lint accepts what the table allows', () => {
  for (const { from, to } of importable.filter(isAllowed)) {
    it(`${from.name} may import ${to.name}`, async () => {
      expect(await messagesOf({ from, to: to.entry! })).toEqual([]);
    });
  }

  for (const from of packages.filter(({ layer }) => TESTED_LAYERS.includes(layer))) {
    it(`tests of ${from.name} may import @weir/testing`, async () => {
      expect(await messagesOf({ from, to: '@weir/testing', isTest: true })).toEqual([]);
    });
  }
});

function packageNamed(name: string): WorkspacePackage {
  const found = packages.find(candidate => candidate.name === name);
  if (found === undefined) throw new Error(`no package is named ${name}`);
  return found;
}
