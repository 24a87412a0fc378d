// SPDX-License-Identifier: Apache-2.0
// Builds dist/weir: the command line and the worker thread as one file each, with the native library that they load.
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
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
await build({
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
  plugins: [threadUrls(Object.keys(ENTRIES))],
});
writeFileSync(join(OUTPUT, 'package.json'), `${JSON.stringify({ name: 'weir', private: true, type: 'module' }, undefined, 2)}\n`);
copyNativePackage();

/** The library and its binary for this platform, as they would be installed. */
function copyNativePackage(): void {
  const modules = join(ROOT, 'node_modules');
  const { optionalDependencies } = JSON.parse(readFileSync(join(modules, NATIVE, 'package.json'), 'utf8')) as Manifest;
  // Of the packages with binaries only those of this platform are installed.
  const installed = Object.keys(optionalDependencies).filter(name => existsSync(join(modules, name)));
  for (const name of [NATIVE, ...installed]) {
    cpSync(join(modules, name), join(OUTPUT, 'node_modules', name), { recursive: true, filter: isNeededAtRunTime });
  }
}

/** Folders, and files that are loaded or that the licence asks to keep. */
function isNeededAtRunTime(path: string): boolean {
  return statSync(path).isDirectory() ? !/\/(?:doc|vendor)$/.test(path) : /\.(?:js|cjs|json|node)$|LICENSE/.test(path);
}
