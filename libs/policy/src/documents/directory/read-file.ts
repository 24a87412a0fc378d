// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '@weir/base';
import { parseDocuments } from '../parse/parse-documents.ts';
import type { ParsedText } from '../parse/parse-documents.ts';
import { errorCode } from './directory-error.ts';

/** What one file came to. */
export interface FileReading {
  /** Relative to the directory. */
  readonly path: string;
  /** Undefined: there is no such file. */
  readonly parsed: ParsedText | undefined;
}

/** A cluster's largest object has 1.5 MiB; a file of thousands of routes still fits. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** Enough to keep the disk busy, few enough to hold only some files in memory at a time. */
const CONCURRENT_READS = 16;

/** Reads and parses files; the result is in the order of `paths`. Never rejects: a file that cannot be read is a problem. */
export async function readFiles(directory: string, paths: readonly string[]): Promise<readonly FileReading[]> {
  const readings: FileReading[] = [];
  const indices = paths.keys();
  const work = async (): Promise<void> => {
    for (const index of indices) readings[index] = await readOne(directory, paths[index]!);
  };
  await Promise.all(Array.from({ length: CONCURRENT_READS }, work));
  return readings;
}

async function readOne(directory: string, path: string): Promise<FileReading> {
  const file = join(directory, path);
  try {
    return { path, parsed: parseBytes(await readFile(file), file) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { path, parsed: undefined };
    return { path, parsed: refusedFile(unreadableProblem(file, error)) };
  }
}

function parseBytes(bytes: Buffer, file: string): ParsedText {
  if (bytes.length > MAX_FILE_BYTES) {
    const message = `the file has ${bytes.length} bytes, and at most ${MAX_FILE_BYTES} are read`;
    return refusedFile({ severity: 'error', code: 'file-too-large', file, message, hint: 'split it into several files' });
  }
  if (!isUtf8(bytes)) {
    const message = 'the file is not encoded in UTF-8';
    return refusedFile({ severity: 'error', code: 'not-utf8', file, line: 1, column: 1, message, hint: 'save it as UTF-8' });
  }
  return parseDocuments(bytes.toString('utf8'), file);
}

function refusedFile(problem: Problem): ParsedText {
  return { documents: [], problems: [problem], ignoredCount: 0 };
}

const SENTENCES: ReadonlyMap<string, readonly [message: string, hint: string]> = new Map([
  ['EACCES', ['may not be read by this user', 'give it the right to read']],
  ['EPERM', ['may not be read by this user', 'give it the right to read']],
  ['ELOOP', ['is a symbolic link that leads to itself', 'take the link out']],
  ['ENOENT', ['is a symbolic link that leads nowhere', 'take the link out, or create what it points to']],
]);

/** Why a file or folder could not be read. */
export function unreadableProblem(file: string, error: unknown): Problem {
  const code = errorCode(error);
  const [what, hint] = SENTENCES.get(code) ?? [
    `cannot be read (${code === '' ? String(error) : code})`,
    "look at it with the system's own tools",
  ];
  return { severity: 'error', code: 'unreadable-file', file, message: `\`${file}\` ${what}`, hint };
}
