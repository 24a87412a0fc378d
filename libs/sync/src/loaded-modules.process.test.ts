// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const LISTER = `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { process.stdout.write(url + '\\n'); return next(url, context); } });`;

function modulesOf(entry: string): readonly string[] {
  const lister = `data:text/javascript,${encodeURIComponent(LISTER)}`;
  const { stdout, status } = spawnSync(process.execPath, ['--import', lister, join(import.meta.dirname, entry)], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stdout.split('\n');
}

describe('what a proxy loads for its stream', () => {
  it('is neither a parser of documents, nor the compiler, nor the other end of the stream', () => {
    const modules = modulesOf('client/index.ts');
    expect(modules.some(url => url.includes('@connectrpc/connect-node'))).toBe(true);
    const foreign =
      /\/node_modules\/(?:zod|yaml|chokidar|express)\/|\/policy\/src\/(?:documents|resolve|compile)\/|\/sync\/src\/(?:server|simulation)\//v;
    expect(modules.filter(url => foreign.test(url))).toEqual([]);
  });
});
