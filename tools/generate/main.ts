// SPDX-License-Identifier: Apache-2.0
// Writes everything that is generated from the schemas of Weir's own kinds, and removes what no longer is.
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GENERATED_FOLDERS, generatedFiles } from './generated-files.ts';

const ROOT = join(import.meta.dirname, '../..');

const files = await generatedFiles();
for (const folder of GENERATED_FOLDERS) {
  for (const found of globSync(`${folder}/**/*.*`, { cwd: ROOT })) if (!files.has(found)) rmSync(join(ROOT, found));
}
for (const [path, text] of files) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}
console.log(`${files.size} files written to ${GENERATED_FOLDERS.join(' and ')}`);
