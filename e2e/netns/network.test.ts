// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openNetwork, whyNoNetwork } from '@weir/testing';
import type { CommandResult, Host } from '@weir/testing';
import { describe, expect, it } from 'vitest';

const SERVER = fileURLToPath(new URL('stage/who-asks-server.ts', import.meta.url));
const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

function curl(from: Host, url: string, ...flags: readonly string[]): Promise<CommandResult> {
  return from.exec(['curl', '--silent', '--connect-timeout', '1', ...flags, url]);
}

async function serve(host: Host): Promise<void> {
  await host.run([process.execPath, SERVER, '8080']).sees(/ready/);
}

async function connectMs(from: Host, url: string): Promise<number> {
  const { stdout } = await curl(from, url, '--output', '/dev/null', '--write-out', '%{time_connect}');
  return Number(stdout) * 1000;
}

describe.skipIf(reason !== undefined)(`a network of namespaces${note}`, () => {
  it('joins its hosts by either family', async () => {
    await using net = await openNetwork({ hosts: ['client', 'server'] });
    const { client, server } = net.hosts;
    await serve(server);

    expect((await curl(client, `http://${server.address}:8080/`)).stdout).toBe(client.address);
    expect((await curl(client, `http://[${server.address6}]:8080/`)).stdout).toBe(client.address6);
  });

  it('parts two hosts and no others, until they are healed', async () => {
    await using net = await openNetwork({ hosts: ['client', 'a', 'b'] });
    const { client, a, b } = net.hosts;
    await Promise.all([serve(a), serve(b)]);
    await net.partition('client', 'a');
    const whileParted = await Promise.all([a.address, b.address].map(address => curl(client, `http://${address}:8080/`)));
    await net.heal();

    expect(whileParted.map(({ stdout }) => stdout)).toStrictEqual(['', client.address]);
    expect((await curl(client, `http://${a.address}:8080/`)).stdout).toBe(client.address);
  });

  it('delays each way', async () => {
    await using net = await openNetwork({ hosts: ['client', 'server'] });
    const { client, server } = net.hosts;
    await serve(server);
    const url = `http://${server.address}:8080/`;
    await net.netem('client', { delayMs: 40 });
    const slowMs = await connectMs(client, url);
    await net.netem('client', {});
    const quickMs = await connectMs(client, url);

    expect(slowMs).toBeGreaterThanOrEqual(80);
    expect(quickMs).toBeLessThan(slowMs);
  });

  it('loses frames, and what was lost is sent again', async () => {
    await using net = await openNetwork({ hosts: ['client', 'server'] });
    const { client, server } = net.hosts;
    await serve(server);
    await net.netem('server', { lossRatio: 1 });
    const { code } = await curl(client, `http://${server.address}:8080/`);
    await net.netem('server', { lossRatio: 0.1 });
    const answers: string[] = [];
    for (let i = 0; i < 8; i++) {
      answers.push((await curl(client, `http://${server.address}:8080/`, '--connect-timeout', '10')).stdout);
    }

    // 28: timed out.
    expect(code).toBe(28);
    expect(answers).toStrictEqual(answers.map(() => client.address));
  });

  it('leaves nothing behind, whatever still runs', async () => {
    const before = await namespaces();
    await openNetwork({ hosts: ['lonely'] }).then(async net => {
      const sleeper = net.hosts.lonely.run(['sh', '-c', 'sleep 1000 & sleep 1000']);
      await net.hosts.lonely.exec(['true']);
      await net[Symbol.asyncDispose]();
      expect(sleeper.isRunning).toBe(false);
    });

    expect(await namespaces()).toStrictEqual(before);
  });
});

async function namespaces(): Promise<readonly string[]> {
  const names = await readdir('/run/netns').catch(() => []);
  return names.filter(name => name.startsWith(`weir-${process.pid}-`));
}
