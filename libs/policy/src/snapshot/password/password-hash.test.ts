// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parsePasswordHash } from './password-hash.ts';

const SALT = 'c29tZXNhbHQ';
const HASH = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('parsePasswordHash', () => {
  it.each([
    [`$scrypt$ln=14,r=8,p=1$${SALT}$${HASH}`, { algorithm: 'scrypt', cost: 16_384, blockSize: 8, parallelism: 1 }],
    [`$argon2id$v=19$m=65536,t=3,p=4$${SALT}$${HASH}`, { algorithm: 'argon2id', memoryKib: 65_536, passes: 3, parallelism: 4 }],
    [`$pbkdf2-sha256$600000$${SALT}$${HASH}`, { algorithm: 'pbkdf2', digest: 'sha256', iterations: 600_000 }],
    [`$pbkdf2-sha512$i=29000$${SALT}$${HASH}`, { algorithm: 'pbkdf2', digest: 'sha512', iterations: 29_000 }],
  ])('reads %s', (text, scheme) => {
    expect(parsePasswordHash(text)).toEqual({ scheme, salt: Buffer.from('somesalt'), hash: Buffer.alloc(16) });
  });

  it('reads the base64 of passlib', () => {
    expect(parsePasswordHash(`$pbkdf2-sha256$1$${SALT}$......................`).hash[0]).toBe(0xfb);
  });

  it.each([
    ['', 'it is no hash that is known here'],
    ['secret', 'it is no hash that is known here'],
    ['x$scrypt$ln=1,r=8,p=1$a$b', 'it is no hash that is known here'],
    ['$2y$10$abcdefghijklmnopqrstuv', 'it is of bcrypt, which is not served'],
    ['$apr1$abc$def', 'it is of a scheme that is too fast or too old to keep passwords with'],
    ['{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'it is of a scheme that is too fast or too old to keep passwords with'],
    ['$argon2i$v=19$m=8,t=1,p=1$a$b', 'it is of argon2d or argon2i; of Argon2 only argon2id is served'],
    [`$argon2id$m=8,t=1,p=1$${SALT}$${HASH}`, 'argon2id must be of version 19'],
    [`$argon2id$v=19$m=8,t=1,p=2$${SALT}$${HASH}`, 'm must be at least eight times p'],
    [`$scrypt$ln=14,r=8$${SALT}$${HASH}`, 'its parameters must be ln, r, p'],
    [`$scrypt$r=8,ln=14,p=1$${SALT}$${HASH}`, 'its parameters must be ln, r, p'],
    [`$scrypt$ln=14,r=08,p=1$${SALT}$${HASH}`, 'r must be a whole number above 0'],
    [`$scrypt$ln=25,r=8,p=1$${SALT}$${HASH}`, 'ln must be from 1 to 24'],
    [`$scrypt$ln=18,r=8,p=1$${SALT}$${HASH}`, 'it takes more than 128 MiB of memory'],
    [`$argon2id$v=19$m=131072,t=5,p=1$${SALT}$${HASH}`, 'it takes too long'],
    [`$argon2id$v=19$m=136,t=1,p=17$${SALT}$${HASH}`, 'it takes too long'],
    [`$pbkdf2-sha256$2000001$${SALT}$${HASH}`, 'more than 2000000 iterations are not served'],
    [`$pbkdf2-sha256$1$${SALT}$AAAA`, 'its hash has 3 bytes; 16 to 64 are taken'],
    [`$pbkdf2-sha256$1$c2FsdA$${HASH}`, 'its salt has 4 bytes; 8 to 64 are taken'],
    [`$pbkdf2-sha256$1$${SALT}=$${HASH}`, 'its salt is no base64 without padding'],
  ])('refuses %j, and says why', (text, reason) => {
    expect(() => parsePasswordHash(text)).toThrow(new RangeError(reason));
  });

  it('never repeats what it has read', () => {
    expect(() => parsePasswordHash('$scrypt$hunter2$hunter2$hunter2')).toThrow(/^(?!.*hunter2)/);
  });
});
