// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { billOfMaterials } from './bill-of-materials.ts';

const lockfile = {
  packages: {
    'node_modules/yaml': { version: '2.9.1', license: 'ISC', integrity: 'sha512-AP8=' },
    'node_modules/@a/b': { version: '1.0.0' },
    'node_modules/yaml/node_modules/@a/b': { version: '0.9.0' },
    'node_modules/only-installed': { version: '3.0.0' },
  },
};

it('names each package whose files were put into the bundle, and no other', () => {
  const files = [
    'apps/cli/src/main.ts',
    'node_modules/yaml/node_modules/@a/b/x.js',
    'node_modules/yaml/dist/index.js',
    'node_modules/yaml/dist/other.js',
    'node_modules/@a/b/index.js',
  ];
  expect(billOfMaterials({ version: '0.1.0', files, lockfile })).toEqual({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': 'weir', name: 'weir', version: '0.1.0' } },
    components: [
      { type: 'library', 'bom-ref': 'pkg:npm/%40a/b@1.0.0', name: '@a/b', version: '1.0.0', purl: 'pkg:npm/%40a/b@1.0.0' },
      {
        ...{ type: 'library', 'bom-ref': 'pkg:npm/yaml@2.9.1', name: 'yaml', version: '2.9.1', purl: 'pkg:npm/yaml@2.9.1' },
        licenses: [{ expression: 'ISC' }],
        hashes: [{ alg: 'SHA-512', content: '00ff' }],
      },
      { type: 'library', 'bom-ref': 'pkg:npm/%40a/b@0.9.0', name: '@a/b', version: '0.9.0', purl: 'pkg:npm/%40a/b@0.9.0' },
    ],
  });
});

it('refuses a package that the lockfile does not have', () => {
  const contents = { version: '0.1.0', files: ['node_modules/strange/index.js'], lockfile };
  expect(() => billOfMaterials(contents)).toThrow(
    'node_modules/strange is in the bundle and not in package-lock.json: run npm ci',
  );
});
