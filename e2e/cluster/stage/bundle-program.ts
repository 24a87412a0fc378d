// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { build } from 'esbuild';

/** A program of this folder's parent with all that it imports as one module, small enough for a ConfigMap. */
export async function bundleProgram(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../..', path)],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    // Packages of CommonJS ask for what Node has by a function that modules do not have.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outputFiles[0]!.text;
}
