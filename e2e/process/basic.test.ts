// SPDX-License-Identifier: Apache-2.0
import { argon2Sync, pbkdf2Sync } from 'node:crypto';
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissing, shell } from './stage/commands.ts';
import { accessPolicy, consumer, forward, route, secret, target } from './stage/documents.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

const SALT = Buffer.from('0123456789abcdef');
const text = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
const argon2id = (message: string): string => {
  const cost = { parallelism: 1, tagLength: 32, memory: 1024, passes: 2 };
  return `$argon2id$v=19$m=1024,t=2,p=1$${text(SALT)}$${text(argon2Sync('argon2id', { message, nonce: SALT, ...cost }))}`;
};
const pbkdf2 = (password: string): string =>
  `$pbkdf2-sha256$1000$${text(SALT)}$${text(pbkdf2Sync(password, SALT, 1000, 32, 'sha256'))}`;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({
    backends: { main: 'echo' },
    documents: [
      route('all', [
        { name: 'kept', ...forward('/kept', 'main') },
        { name: 'rest', ...forward('/', 'main') },
      ]),
      accessPolicy('staff', target.rule('all', 'rest'), {
        authentication: { methods: [{ name: 'passwords', basic: { realm: 'The shop' } }] },
      }),
      accessPolicy('kept', target.rule('all', 'kept'), {
        authentication: { methods: [{ name: 'passwords', basic: { forward: true } }] },
        authorization: { rules: [{ name: 'gold', action: 'Allow', groups: ['gold'] }] },
      }),
      consumer('ann', { groups: ['gold'], basic: [{ secretRef: { name: 'ann' } }] }),
      consumer('bob', { basic: [{ secretRef: { name: 'bob' } }] }),
      consumer('eve', { basic: [{ secretRef: { name: 'eve' }, expires: '2026-01-01T00:00:00Z' }] }),
      secret('ann', { username: 'ann', password: 'correct horse é' }),
      secret('bob', { username: 'bob', 'password-hash': argon2id('battery staple') }),
      secret('eve', { username: 'eve', 'password-hash': pbkdf2('too late') }),
    ],
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

const authorization = (credential: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Basic ${Buffer.from(credential).toString('base64')}` },
});

describe.each(PROTOCOLS)('basic authentication over %s', protocol => {
  const ask = async (path: string, credential: string): Promise<number> =>
    (await stage.send(protocol, path, authorization(credential))).status;

  it('admits by a password in plain and by a hash, time and again, and keeps it from the backend', async () => {
    for (const credential of ['ann:correct horse é', 'bob:battery staple', 'ann:correct horse é']) {
      const { headers } = await stage.echo(protocol, '/', authorization(credential));
      expect(headers['authorization']).toBeUndefined();
    }
  });

  it('hands the credential on where that is said, to those who may', async () => {
    const { headers } = await stage.echo(protocol, '/kept', authorization('ann:correct horse é'));
    expect(headers['authorization']).toMatch(/^Basic /);
    expect(await ask('/kept', 'bob:battery staple')).toBe(403);
  });

  it.each(['ann:wrong', 'nobody:correct horse é', 'eve:too late', 'bob:', ':', 'no colon'])('refuses %s', async credential => {
    expect(await ask('/', credential)).toBe(401);
  });

  it('asks for a name and a password', async () => {
    const refused = await stage.send(protocol, '/');
    expect(refused.status).toBe(401);
    expect(refused.headers('www-authenticate')).toEqual(['Basic realm="The shop", charset="UTF-8"']);
  });
});

describe('a flood of wrong passwords', () => {
  it('is answered 401 or 503, and leaves those who are known alone', async () => {
    await stage.echo('http', '/', authorization('bob:battery staple'));
    const flood = Array.from({ length: 60 }, (_, index) => stage.send('http', '/', authorization(`bob:guess-${index}`)));
    const known = await stage.send('http', '/', authorization('bob:battery staple'));
    const statuses = new Set((await Promise.all(flood)).map(({ status }) => status));
    expect(known.status).toBe(200);
    expect([...statuses].every(status => status === 401 || status === 503)).toBe(true);
  });
});

it.skipIf(isMissing('curl'))('curl -u is understood (skipped without curl)', async () => {
  const url = `http://127.0.0.1:${stage.ports.http}/`;
  const status = (credential: string): Promise<string> =>
    shell(`curl -s -o /dev/null -w '%{http_code}' -u '${credential}' ${url}`);
  expect([await status('ann:correct horse é'), await status('ann:wrong')]).toEqual(['200', '401']);
});

it('a password that is changed admits nobody from then on', async () => {
  const ask = async (credential: string): Promise<number> => (await stage.send('http', '/', authorization(credential))).status;
  expect(await ask('bob:battery staple')).toBe(200);
  await stage.apply(
    [secret('bob', { username: 'bob', password: 'new battery' })],
    async () => (await ask('bob:new battery')) === 200,
  );
  expect(await ask('bob:battery staple')).toBe(401);
});

it('no password or hash stands in a log', async () => {
  await stage.send('http', '/', authorization('ann:secret-in-no-log'));
  await waitFor(() => stage.weir.accessLog.some(({ status }) => status === 401), { what: 'a refusal in the log' });
  const encoded = Buffer.from('ann:secret-in-no-log').toString('base64');
  for (const part of ['secret-in-no-log', encoded, 'correct horse', '$argon2id']) {
    expect(stage.weir.child.output).not.toContain(part);
  }
});
