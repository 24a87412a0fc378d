// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { checkAccess } from './api-guard.ts';

const options = { token: 'secret', scheme: 'http', hostNames: ['weir.example'] } as const;
const authorization = 'Bearer secret';

describe('the door of the API', () => {
  it.each(['127.0.0.1:15011', '[::1]:15011', 'localhost', 'LOCALHOST:1', 'weir.example:443', '192.0.2.7'])(
    'knows itself as %s',
    host => {
      expect(() => checkAccess({ host, authorization }, options)).not.toThrow();
      expect(() => checkAccess({ host, authorization, origin: `http://${host}` }, options)).not.toThrow();
    },
  );

  it.each([undefined, '', 'evil.example', 'localhost.evil.example', 'weir.example.', 'user@localhost', '[::1', '::1:1'])(
    'is not asked as %s',
    host => {
      expect(() => checkAccess({ host, authorization }, options)).toThrow('use its IP address');
    },
  );

  it.each(['http://evil.example', 'https://127.0.0.1', 'null', 'http://127.0.0.1:1'])('is not for pages of %s', origin => {
    expect(() => checkAccess({ host: '127.0.0.1', authorization, origin }, options)).toThrow('other origins');
  });

  it.each([undefined, '', 'secret', 'Bearer', 'Bearer other', 'Basic secret', 'Bearer secret x', 'Bearer SECRET'])(
    'does not open by %s',
    text => {
      const headers = text === undefined ? { host: 'localhost' } : { host: 'localhost', authorization: text };
      expect(() => checkAccess(headers, options)).toThrow('send the token');
    },
  );
});
