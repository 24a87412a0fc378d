// SPDX-License-Identifier: Apache-2.0
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * Programs of the repository, by their names, as modules that bring all that they import, small enough for a ConfigMap: texts by names of
 * files, `NAME.mjs` for each program and others for what several of them share.
 */
export async function bundlePrograms(paths: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, join(ROOT, path)])),
    outdir: join(ROOT, 'dist/programs'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    // Packages of CommonJS ask for what Node has by a function that modules do not have.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}
