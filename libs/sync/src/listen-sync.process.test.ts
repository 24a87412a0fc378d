// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '@weir/base';
import { createTestAuthority } from '@weir/testing';
import { expect, it } from 'vitest';
import { listenSync } from './server/index.ts';

it('closes also while somebody is connected who never says a word', async () => {
  const authority = await createTestAuthority();
  const { certificatePem, keyPem } = await authority.issue('127.0.0.1');
  const listener = await listenSync({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, routes: () => undefined, peerOf: () => undefined },
    tls: { cert: certificatePem, key: keyPem, ca: authority.certificatePem },
  });
  const silent = connect(listener.port, '127.0.0.1');
  await once(silent, 'connect');
  // Connections are taken in the order in which they come.
  const other = connect(listener.port, '127.0.0.1');
  other.end('no TLS');
  await once(other.resume(), 'close');
  const ended = once(silent, 'close');
  await listener.close();
  expect(await ended).toEqual([false]);
});
