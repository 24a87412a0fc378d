// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createTokenAccess } from './api-access.ts';
import { checkCaller, checkRight } from './api-guard.ts';

const access = createTokenAccess({ operator: 'secret', viewer: 'seeing' });
const options = { access, scheme: 'http', hostNames: ['weir.example'] } as const;
const authorization = 'Bearer secret';

describe('the door of the API', () => {
  it.each(['127.0.0.1:15011', '[::1]:15011', 'localhost', 'LOCALHOST:1', 'weir.example:443', '192.0.2.7'])(
    'knows itself as %s',
    async host => {
      expect(await checkCaller({ host, authorization }, options)).toEqual({ name: 'operator' });
      expect(await checkCaller({ host, authorization, origin: `http://${host}` }, options)).toEqual({ name: 'operator' });
    },
  );

  it.each([undefined, '', 'evil.example', 'localhost.evil.example', 'weir.example.', 'user@localhost', '[::1', '::1:1'])(
    'is not asked as %s',
    async host => {
      await expect(checkCaller({ host, authorization }, options)).rejects.toThrow('use its IP address');
    },
  );

  it.each(['http://evil.example', 'https://127.0.0.1', 'null', 'http://127.0.0.1:1'])('is not for pages of %s', async origin => {
    await expect(checkCaller({ host: '127.0.0.1', authorization, origin }, options)).rejects.toThrow('other origins');
  });

  it.each([undefined, '', 'secret', 'Bearer', 'Bearer other', 'Basic secret', 'Bearer secret x', 'Bearer SECRET'])(
    'does not open by %s',
    async text => {
      const headers = text === undefined ? { host: 'localhost' } : { host: 'localhost', authorization: text };
      await expect(checkCaller(headers, options)).rejects.toThrow('send a token');
    },
  );

  it('says which right is missing, and which token gives it', async () => {
    const route = { method: 'post', path: '/join-tokens', right: 'join' } as const;
    const asked = { route };
    await checkRight({ name: 'operator' }, asked, options);
    await expect(checkRight({ name: 'viewer' }, asked, options)).rejects.toMatchObject({
      status: 403,
      code: 'no-right',
      message:
        "POST /join-tokens needs the right join, which the token of the viewer does not give: use the operator's (the file api-token in the state directory)",
    });
  });
});
