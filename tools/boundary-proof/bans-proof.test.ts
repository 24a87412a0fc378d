// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const RULES = new Set([
  'no-restricted-globals',
  'no-restricted-properties',
  'no-restricted-syntax',
  '@typescript-eslint/no-restricted-imports',
  '@typescript-eslint/no-explicit-any',
  '@typescript-eslint/max-params',
  'max-lines',
  'max-lines-per-function',
  'weir/file-names',
]);

/** Only rules that need no types, so that the imaginary files need no place in a TypeScript project. */
const eslint = new ESLint({
  cwd: ROOT,
  ruleFilter: ({ ruleId }) => RULES.has(ruleId),
  overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } }],
});

async function rulesBroken(file: string, code: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: join(ROOT, file) });
  return result?.messages.map(({ ruleId }) => ruleId) ?? [];
}

const importing = (from: string): string => `import { anything } from '${from}';\nexport const proof = anything;\n`;
const IMPORTS = '@typescript-eslint/no-restricted-imports';

describe('lint refuses', () => {
  it.each([
    ['a real timer in a library', 'libs/proxy/src/engine/proof.ts', 'setTimeout(proof, 1);', 'no-restricted-globals'],
    ['a real timer in a unit test', 'libs/routing/src/proof.test.ts', 'setTimeout(proof, 1);', 'no-restricted-globals'],
    ['a network call in a library', 'libs/filters/src/proof.ts', "fetch('http://x');", 'no-restricted-globals'],
    ['the real time in a library', 'libs/telemetry/src/proof.ts', 'export const a = Date.now();', 'no-restricted-properties'],
    ['the current date in a library', 'libs/policy/src/compile/proof.ts', 'export const a = new Date();', 'no-restricted-syntax'],
    ['real chance in a library', 'libs/resilience/src/proof.ts', 'export const a = Math.random();', 'no-restricted-properties'],
    ['the environment in a library', 'libs/proxy/src/proof.ts', 'export const a = process.env;', 'no-restricted-properties'],
    ['Node timers by import', 'libs/proxy/src/proof.ts', importing('node:timers/promises'), IMPORTS],
    ['files in a pure library', 'libs/filters/src/proof.ts', importing('node:fs'), IMPORTS],
    ['sockets in a pure library', 'libs/routing/src/proof.ts', importing('node:net'), IMPORTS],
    ['processes in tests of a pure library', 'libs/routing/src/proof.test.ts', importing('node:child_process'), IMPORTS],
    ['a schema library in what workers load', 'libs/proxy/src/workers/proof.ts', importing('zod'), IMPORTS],
    [
      'a library for certificates in what proxies load',
      'libs/identity/src/keeper/proof.ts',
      importing('@peculiar/x509'),
      IMPORTS,
    ],
    ['the compiler in what workers load', 'libs/telemetry/src/proof.ts', importing('@weir/policy/compile'), IMPORTS],
    [
      'the exporter of spans in what workers load',
      'libs/telemetry/src/traces/proof.ts',
      importing('@opentelemetry/api'),
      IMPORTS,
    ],
    ['reaching into a package', 'apps/cli/src/proof.ts', importing('@weir/base/src/faults/fault.ts'), IMPORTS],
    ['export everything', 'libs/base/src/proof.ts', "export * from './index.ts';", 'no-restricted-syntax'],
    ['a default export', 'libs/base/src/proof.ts', 'export default 1;', 'no-restricted-syntax'],
    ['a cast to string', 'apps/cli/src/proof.ts', 'export const a = (b: B) => b as string;', 'no-restricted-syntax'],
    ['any', 'apps/cli/src/proof.ts', 'export const a = (b: any) => b;', '@typescript-eslint/no-explicit-any'],
    ['four parameters', 'apps/cli/src/proof.ts', 'export const a = (b, c, d, e) => b;', '@typescript-eslint/max-params'],
    ['a file of 401 lines', 'apps/cli/src/proof.ts', 'proof();\n'.repeat(401), 'max-lines'],
    ['a function of 61 lines', 'apps/cli/src/proof.ts', `function a() {\n${'a();\n'.repeat(59)}}`, 'max-lines-per-function'],
    ['a folder named for a kind of code', 'libs/base/src/utils/proof.ts', '', 'weir/file-names'],
    ['a file in camel case', 'libs/base/src/ports/someProof.ts', '', 'weir/file-names'],
  ])('%s', async (_what, file, code, rule) => {
    expect(await rulesBroken(file, code)).toContain(rule);
  });
});

describe('lint accepts', () => {
  it.each([
    ['the real clock in its port', 'libs/base/src/ports/proof.ts', 'setTimeout(proof, Date.now());'],
    ['sockets in the proxy', 'libs/proxy/src/listen/proof.ts', importing('node:net')],
    ['checking an address in a pure library', 'libs/policy/src/compile/proof.ts', "import { isIP } from 'node:net';\nisIP('');"],
    [
      'types of Node in a pure library',
      'libs/filters/src/proof.ts',
      "import type { Socket } from 'node:net';\nexport type A = Socket;",
    ],
    ['OpenTelemetry where spans are exported', 'libs/telemetry/src/span-export/proof.ts', importing('@opentelemetry/api')],
    ['files in the source of documents', 'libs/policy/src/documents/directory/proof.ts', importing('node:fs')],
    ['golden files in tests of a pure library', 'libs/policy/src/proof.test.ts', importing('node:fs')],
    ['the schema library in the compiler', 'libs/policy/src/documents/proof.ts', importing('zod')],
    ['long describe blocks', 'libs/base/src/proof.test.ts', `describe('a', () => {\n${'a();\n'.repeat(70)}});`],
  ])('%s', async (_what, file, code) => {
    expect(await rulesBroken(file, code)).toEqual([]);
  });
});
