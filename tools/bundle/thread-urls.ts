// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/** `new URL('./worker-main.ts', import.meta.url)`: how a source names the file of a thread that it starts. */
const THREAD_URL = /new URL\('(?<path>\.[^']*\.ts)', import\.meta\.url\)/g;

/**
 * An esbuild plugin: points the URLs of threads at their bundles, which lie beside the one that starts them.
 * Fails the build on a URL that no bundle is made for, as it would only be missed at run time.
 */
export function threadUrls(bundleNames: readonly string[]): Plugin {
  return {
    name: 'thread-urls',
    setup(build) {
      build.onLoad({ filter: /\/(?:apps|libs)\/.*\.ts$/ }, async ({ path }) => {
        const errors: { text: string }[] = [];
        const contents = (await readFile(path, 'utf8')).replace(THREAD_URL, (text, target: string) => {
          const name = basename(target, '.ts');
          if (!bundleNames.includes(name)) {
            errors.push({ text: `${path} names ${target}, for which there is no entry in tools/bundle/main.ts` });
          }
          return text.replace(target, `./${name}.js`);
        });
        return { contents, loader: 'ts', errors };
      });
    },
  };
}
