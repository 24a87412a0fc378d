// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory that is gone after its scope. */
export class TempDirectory implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Writes a file in one step, as editors do: a reader sees the old text or the new one, never half of it. */
  async write(name: string, text: string): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    const draft = join(dirname(path), `.${name.replaceAll('/', '-')}.draft`);
    await writeFile(draft, text);
    await rename(draft, path);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.path, name), { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export async function createTempDirectory(): Promise<TempDirectory> {
  return new TempDirectory(await mkdtemp(join(tmpdir(), 'weir-test-')));
}
