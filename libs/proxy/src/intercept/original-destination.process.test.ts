// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { openNetwork, whyNoNetwork } from '@weir/testing';
import type { Host, Network } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPORTER = fileURLToPath(new URL('destination-reporter.ts', import.meta.url));
const RULES = 'table inet test { chain out { type nat hook output priority -100; tcp dport 8080 redirect to :15001; }; }';
const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

describe.skipIf(reason !== undefined).each([
  ['a listener of both families', ['::']],
  ['a listener of each family', ['127.0.0.1', '::1']],
])(`original destinations in the kernel, at %s${note}`, (_, listeners) => {
  let net: Network<'host' | 'other'>;
  let host: Host;

  beforeAll(async () => {
    net = await openNetwork({ hosts: ['host', 'other'] });
    ({ host } = net.hosts);
    await host.run([process.execPath, REPORTER, ...listeners]).sees(/ready/);
  });

  afterAll(() => net[Symbol.asyncDispose]());

  async function ask(address: string, port: number): Promise<string> {
    const where = address.includes(':') ? `[${address}]` : address;
    return (await host.exec(['curl', '--silent', '--http0.9', '--connect-timeout', '5', `http://${where}:${port}/`])).stdout;
  }

  it.each(['127.0.0.1', '::1'])('are unknown without rules (%s)', async address => {
    expect(await ask(address, 15_001)).toContain('no rules redirect in this network namespace; run `weir intercept` in it');
  });

  it('are read in either family, and the listener itself is told apart', async () => {
    const { address, address6 } = net.hosts.other;
    expect(await host.exec(['nft', RULES])).toMatchObject({ code: 0 });
    for (const wanted of [address, address6]) {
      expect(JSON.parse(await ask(wanted, 8080))).toStrictEqual({ address: wanted, port: 8080, isListener: false });
    }
    for (const own of ['127.0.0.1', '::1']) {
      expect(JSON.parse(await ask(own, 15_001))).toStrictEqual({ address: own, port: 15_001, isListener: true });
    }
  });
});
