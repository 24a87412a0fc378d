// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Envelope } from '../contract/envelope.ts';
import { isRoot } from '../messages/root.ts';
import type { Accepted } from './client-core.ts';

const FORMAT = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Written {
  readonly format: number;
  readonly revision: Accepted['revision'];
  readonly roots: readonly string[];
  readonly resources: readonly (Omit<Envelope, 'body'> & { readonly body: string })[];
}

/** Where a proxy keeps what it accepted. It has private keys in it: mode 0600, and nobody else's directory. */
export class AcceptedFile {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Undefined = there is none. Throws where there is one that cannot be used: it was cut short, changed, or is of another version. */
  async load(): Promise<Accepted | undefined> {
    const text = await readFile(this.path, 'utf8').catch((reason: unknown) => {
      if (isMissing(reason)) return undefined;
      throw reason;
    });
    if (text === undefined) return undefined;
    const end = text.indexOf('\n');
    const content = text.slice(end + 1);
    if (text.slice(0, end) !== checksum(content)) throw new Error(`${this.path} is damaged: its checksum does not fit`);
    const { format, revision, roots, resources } = JSON.parse(content) as Written;
    if (format !== FORMAT) throw new Error(`${this.path} has format ${format}, expected ${FORMAT}`);
    return {
      revision,
      roots: roots.filter(isRoot),
      resources: resources.map(resource => ({ ...resource, body: encoder.encode(resource.body) })),
    };
  }

  /** Replaces the file in one step, so that there is always one that can be used. Must not be called again before it resolves. */
  async save({ revision, roots, resources }: Accepted): Promise<void> {
    const written: Written = {
      format: FORMAT,
      revision,
      roots,
      resources: resources.map(({ name, kind, contract, version, body }) => ({
        name,
        kind,
        contract,
        version,
        body: decoder.decode(body),
      })),
    };
    const content = JSON.stringify(written);
    const next = `${this.path}.next`;
    const file = await open(next, 'w', 0o600);
    try {
      // A file that an earlier crash left behind keeps the mode that it had.
      await file.chmod(0o600);
      await file.writeFile(`${checksum(content)}\n${content}`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, this.path);
    const directory = await open(dirname(this.path));
    await directory.sync().finally(() => directory.close());
  }
}

function checksum(content: string): string {
  return hash('sha256', content, 'base64url');
}

function isMissing(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && reason.code === 'ENOENT';
}
