// SPDX-License-Identifier: Apache-2.0

/** The directory of documents itself cannot be read. The message names it and says what to do. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';

  static from(directory: string, cause: unknown): DirectoryError {
    const sentence = SENTENCES.get(errorCode(cause)) ?? 'cannot be read';
    return new DirectoryError(`directory \`${directory}\` ${sentence}`, { cause });
  }
}

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'may not be read by this user; give it the right to read and enter the directory'],
  ['ENOENT', 'does not exist; create it, or name the one that holds the documents'],
  ['ENOTDIR', 'is no directory; name the directory that holds the documents'],
  ['EPERM', 'may not be read by this user; give it the right to read and enter the directory'],
]);

/** The system's name of an error, such as `ENOENT`; '' for other errors. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
