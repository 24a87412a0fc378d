// SPDX-License-Identifier: Apache-2.0
import { argon2, pbkdf2, scrypt } from 'node:crypto';
import type { DerivePassword } from '@weir/filters';
import { memoryBytesOf } from '@weir/policy/snapshot';

/** In the thread pool: the event loop goes on meanwhile. */
export const derivePassword: DerivePassword = (password, { scheme, salt, hash: { length } }) => {
  switch (scheme.algorithm) {
    case 'scrypt': {
      const { cost, blockSize, parallelism } = scheme;
      // OpenSSL counts the blocks of the lanes, too.
      const maxmem = memoryBytesOf(scheme) + 128 * blockSize * (parallelism + 2);
      const options = { cost, blockSize, parallelization: parallelism, maxmem };
      return settled(done => {
        scrypt(password, salt, length, options, done);
      });
    }
    case 'argon2id': {
      const { memoryKib: memory, passes, parallelism } = scheme;
      const parameters = { message: password, nonce: salt, tagLength: length, memory, passes, parallelism };
      return settled(done => {
        argon2('argon2id', parameters, done);
      });
    }
    case 'pbkdf2':
      return settled(done => {
        pbkdf2(password, salt, scheme.iterations, length, scheme.digest, done);
      });
  }
};

function settled(start: (done: (error: Error | null, key: Buffer) => void) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    start((error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
