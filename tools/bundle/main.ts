// SPDX-License-Identifier: Apache-2.0
// Builds dist/weir: the command line and the worker thread as one file each, with the native library that they load, and the list of
// packages that are in them (sbom.cdx.json).
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { billOfMaterials } from './bill-of-materials.ts';
import type { Lockfile } from './bill-of-materials.ts';
import { threadUrls } from './thread-urls.ts';

interface Manifest {
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, '../..');
const OUTPUT = join(ROOT, 'dist/weir');

/** Name of each bundle and the file that it begins with; threads are found by these names beside each other. */
const ENTRIES = {
  weir: 'apps/cli/src/main.ts',
  'worker-main': 'libs/proxy/src/workers/worker-main.ts',
  'shared-thread-main': 'libs/proxy/src/workers/shared-thread-main.ts',
};

/** Loads a native file by its place, so it stays a package. */
const NATIVE = 'koffi';

/** CommonJS dependencies call `require` for Node's own modules, which a module does not have. */
const REQUIRE_FOR_COMMONJS =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

rmSync(OUTPUT, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ENTRIES,
  outdir: OUTPUT,
  bundle: true,
  // What a command does not need, it does not load.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node26',
  external: [NATIVE],
  banner: { js: REQUIRE_FOR_COMMONJS },
  sourcemap: 'linked',
  legalComments: 'linked',
  logLevel: 'warning',
  metafile: true,
  plugins: [threadUrls(Object.keys(ENTRIES))],
});
writeJson('package.json', { name: 'weir', private: true, type: 'module' });
const nativePackages = copyNativePackages();
writeJson(
  'sbom.cdx.json',
  billOfMaterials({
    version: (readJson('package.json') as { readonly version: string }).version,
    files: [...Object.keys(metafile.inputs), ...nativePackages],
    lockfile: readJson('package-lock.json') as Lockfile,
  }),
);

/** The library and its binary for this platform, as they would be installed. Their folders. */
function copyNativePackages(): readonly string[] {
  const { optionalDependencies } = readJson(`node_modules/${NATIVE}/package.json`) as Manifest;
  // Of the packages with binaries only those of this platform are installed.
  const folders = [NATIVE, ...Object.keys(optionalDependencies)]
    .map(name => `node_modules/${name}`)
    .filter(folder => existsSync(join(ROOT, folder)));
  for (const folder of folders) {
    cpSync(join(ROOT, folder), join(OUTPUT, folder), { recursive: true, filter: isNeededAtRunTime });
  }
  return folders;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(join(OUTPUT, path), `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Folders, and files that are loaded or that the licence asks to keep. */
function isNeededAtRunTime(path: string): boolean {
  return statSync(path).isDirectory() ? !/\/(?:doc|vendor)$/.test(path) : /\.(?:js|cjs|json|node)$|LICENSE/.test(path);
}
