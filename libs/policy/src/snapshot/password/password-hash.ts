// SPDX-License-Identifier: Apache-2.0

/** How a password is turned into what is compared, with what that costs. */
export type PasswordScheme =
  /** RFC 7914. `cost` is N. */
  | { readonly algorithm: 'scrypt'; readonly cost: number; readonly blockSize: number; readonly parallelism: number }
  /** RFC 9106, version 0x13. */
  | { readonly algorithm: 'argon2id'; readonly memoryKib: number; readonly passes: number; readonly parallelism: number }
  /** RFC 8018 §5.2. */
  | { readonly algorithm: 'pbkdf2'; readonly digest: 'sha256' | 'sha512'; readonly iterations: number };

/** A password as it is kept: whoever has it still has to guess. */
export interface PasswordHash {
  readonly scheme: PasswordScheme;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** What one attempt may hold of the memory: the parameters that OWASP names for scrypt take 128 MiB. */
const MAX_MEMORY_BYTES = 128 * 1024 * 1024;
/** Of memory that an attempt may write, passes and lanes included: about half a second. */
const MAX_WORK_BYTES = 512 * 1024 * 1024;
/** About as long. */
const MAX_ITERATIONS = 2_000_000;
const MAX_PARALLELISM = 16;
const MIN_SALT_BYTES = 8;
const MIN_HASH_BYTES = 16;
const MAX_BYTES = 64;

/** What is read, for hints. */
export const PASSWORD_HASH_FORMS = '$scrypt$ln=…, $argon2id$v=19$… or $pbkdf2-sha256$…';

/**
 * Reads a hash in the form that libraries write (PHC string format, and passlib's of PBKDF2): `$scrypt$ln=14,r=8,p=1$SALT$HASH`,
 * `$argon2id$v=19$m=65536,t=3,p=4$SALT$HASH`, `$pbkdf2-sha256$600000$SALT$HASH`.
 *
 * @throws {RangeError} what is wrong, in words for operators, never with a part of the hash.
 */
export function parsePasswordHash(text: string): PasswordHash {
  const [before, id = '', ...parts] = text.split('$');
  const read = before === '' ? READERS.get(id) : undefined;
  if (read === undefined) throw new RangeError(refusalOf(text));
  const [hash = '', salt = '', ...parameters] = parts.reverse();
  const scheme = read(parameters.reverse());
  assertAffordable(scheme);
  return { scheme, salt: bytesOf('salt', salt, MIN_SALT_BYTES), hash: bytesOf('hash', hash, MIN_HASH_BYTES) };
}

type Reader = (parameters: readonly string[]) => PasswordScheme;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['scrypt', ([parameters]) => scrypt(numbersOf(parameters, ['ln', 'r', 'p']))],
  ['argon2id', ([version, parameters]) => argon2id(version, parameters)],
  ['pbkdf2-sha256', ([iterations]) => pbkdf2('sha256', iterations)],
  ['pbkdf2-sha512', ([iterations]) => pbkdf2('sha512', iterations)],
]);

function scrypt({ ln, r, p }: Readonly<Record<'ln' | 'p' | 'r', number>>): PasswordScheme {
  if (ln > 24) throw new RangeError('ln must be from 1 to 24');
  return { algorithm: 'scrypt', cost: 2 ** ln, blockSize: r, parallelism: p };
}

function argon2id(version: string | undefined, parameters: string | undefined): PasswordScheme {
  if (version !== 'v=19') throw new RangeError('argon2id must be of version 19');
  const { m, t, p } = numbersOf(parameters, ['m', 't', 'p']);
  if (m < 8 * p) throw new RangeError('m must be at least eight times p');
  return { algorithm: 'argon2id', memoryKib: m, passes: t, parallelism: p };
}

function pbkdf2(digest: 'sha256' | 'sha512', iterations = ''): PasswordScheme {
  const { i } = numbersOf(iterations.startsWith('i=') ? iterations : `i=${iterations}`, ['i']);
  return { algorithm: 'pbkdf2', digest, iterations: i };
}

/** `ln=14,r=8,p=1`: each of the names once, in this order. */
function numbersOf<Name extends string>(text: string | undefined, names: readonly Name[]): Readonly<Record<Name, number>> {
  const pairs = (text ?? '').split(',').map(pair => pair.split('='));
  const isComplete = pairs.length === names.length && pairs.every(([name], index) => name === names[index]);
  if (!isComplete) throw new RangeError(`its parameters must be ${names.join(', ')}`);
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, positive(name, value)])) as Record<Name, number>;
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RangeError(`${name} must be a whole number above 0`);
  return Number(text);
}

/** What a Secret says must not take the threads from everybody else. */
function assertAffordable(scheme: PasswordScheme): void {
  if (scheme.algorithm === 'pbkdf2') {
    if (scheme.iterations > MAX_ITERATIONS) throw new RangeError(`more than ${MAX_ITERATIONS} iterations are not served`);
    return;
  }
  const memory = memoryBytesOf(scheme);
  const work = memory * (scheme.algorithm === 'scrypt' ? scheme.parallelism : scheme.passes);
  if (memory > MAX_MEMORY_BYTES) throw new RangeError('it takes more than 128 MiB of memory');
  if (work > MAX_WORK_BYTES || scheme.parallelism > MAX_PARALLELISM) throw new RangeError('it takes too long');
}

/** What one attempt holds while it lasts. */
export function memoryBytesOf(scheme: Exclude<PasswordScheme, { algorithm: 'pbkdf2' }>): number {
  return scheme.algorithm === 'scrypt' ? 128 * scheme.cost * scheme.blockSize : 1024 * scheme.memoryKib;
}

/** Base64 without padding; passlib writes `.` for `+`. */
function bytesOf(what: string, text: string, minBytes: number): Buffer {
  if (!/^[A-Za-z0-9+./]*$/.test(text)) throw new RangeError(`its ${what} is no base64 without padding`);
  const bytes = Buffer.from(text.replaceAll('.', '+'), 'base64');
  if (bytes.length < minBytes || bytes.length > MAX_BYTES) {
    throw new RangeError(`its ${what} has ${bytes.length} bytes; ${minBytes} to ${MAX_BYTES} are taken`);
  }
  return bytes;
}

/** The hashes that people bring from elsewhere are named. */
function refusalOf(text: string): string {
  if (/^\$2[abxy]?\$/.test(text)) return 'it is of bcrypt, which is not served';
  if (/^\$(?:apr1|1|5|6)\$|^\{SHA\}/.test(text)) return 'it is of a scheme that is too fast or too old to keep passwords with';
  if (/^\$argon2[di]\$/.test(text)) return 'it is of argon2d or argon2i; of Argon2 only argon2id is served';
  return 'it is no hash that is known here';
}
