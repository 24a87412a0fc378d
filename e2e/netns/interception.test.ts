// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { openNetwork, waitFor, whyNoNetwork } from '@weir/testing';
import type { Child, CommandResult, Host, Network } from '@weir/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const WEIR = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
const RECORDER = fileURLToPath(new URL('stage/redirect-recorder.ts', import.meta.url));
const SERVER = fileURLToPath(new URL('stage/who-asks-server.ts', import.meta.url));
const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

/** As `weir intercept` has it where nothing else is said. */
const SIDECAR_USER = 15_177;
const OTHER_USER = 1_234;
/** Of the server, and not on the switch's network. */
const BEYOND = '203.0.113.1';

const NAMES = ['client', 'server'] as const;
type Name = (typeof NAMES)[number];

/** One host calls the other; on both runs what stands where a sidecar would. */
interface Setting {
  readonly net: Network<Name | 'router'>;
  readonly client: Host;
  readonly server: Host;
  readonly recorders: Readonly<Record<Name, Child>>;
}

let setting: Setting;

async function open(): Promise<Setting> {
  const net = await openNetwork({ hosts: [...NAMES, 'router'] });
  const { client, server } = net.hosts;
  const recorders = {
    client: client.run([process.execPath, RECORDER], { userId: SIDECAR_USER }),
    server: server.run([process.execPath, RECORDER], { userId: SIDECAR_USER }),
  };
  await Promise.all([
    server.run([process.execPath, SERVER, '8080', '9090', '15090'], { userId: OTHER_USER }).sees(/ready/),
    client.run([process.execPath, SERVER, '8080'], { userId: OTHER_USER }).sees(/ready/),
    recorders.client.sees(/ready/),
    recorders.server.sees(/ready/),
  ]);
  return { net, client, server, recorders };
}

async function intercept(host: Host, ...flags: readonly string[]): Promise<void> {
  const { code, stderr } = await host.exec([process.execPath, WEIR, 'intercept', ...flags]);
  if (code !== 0) throw new Error(stderr);
}

/** The server's answer: the address that it saw. '' = none. */
async function curl(from: Host, url: string, userId = OTHER_USER): Promise<string> {
  const { stdout }: CommandResult = await from.exec(['curl', '--silent', '--connect-timeout', '5', url], { userId });
  return stdout;
}

/** What was redirected on a host since it was asked last: `outbound 198.51.100.11:8080`. */
function caught(name: Name): readonly string[] {
  const recorder = setting.recorders[name];
  const lines = recorder.stdout.split('\n').filter(line => line !== '');
  recorder.stdout = '';
  return lines.map(line => {
    const { side, address, port } = JSON.parse(line) as {
      readonly side: string;
      readonly address: string;
      readonly port: number;
    };
    return `${side} ${address} ${port}`;
  });
}

/** What was redirected where while one host asked another. */
async function ask(url: string, userId?: number): Promise<{ readonly answer: string } & Record<Name, readonly string[]>> {
  const answer = await curl(setting.client, url, userId);
  return { answer, client: caught('client'), server: caught('server') };
}

async function ruleset(host: Host): Promise<string> {
  return (await host.exec(['nft', 'list', 'ruleset'])).stdout;
}

describe.skipIf(reason !== undefined)(`interception between two hosts${note}`, () => {
  beforeAll(async () => {
    setting = await open();
  });

  beforeEach(async () => {
    for (const name of NAMES) await setting[name].exec(['nft', 'flush', 'ruleset']);
    for (const name of NAMES) caught(name);
  });

  afterAll(() => setting.net[Symbol.asyncDispose]());

  it.each(['address', 'address6'] as const)('redirects a call where it leaves and where it arrives (%s)', async family => {
    const { client, server } = setting;
    await Promise.all([intercept(client), intercept(server)]);
    const to = server[family];

    expect(await ask(`http://${inUrl(to)}:8080/`)).toStrictEqual({
      // The last to carry it is the server's own sidecar.
      answer: to,
      client: [`outbound ${to} 8080`],
      server: [`inbound ${to} 8080`],
    });
  });

  it('passes what is excluded by user, port and address, and nothing else', async () => {
    const { client, server } = setting;
    const [v4, v6] = [`http://${server.address}`, `http://[${server.address6}]`];
    await intercept(
      client,
      '--exclude-user-ids',
      '4000-4999',
      '--exclude-outbound-ports',
      '9090',
      '--exclude-outbound-cidrs',
      `${server.address6}/128`,
    );

    const through = { answer: client.address, client: [`outbound ${server.address} 8080`], server: [] };
    expect(await ask(`${v4}:8080/`)).toStrictEqual(through);
    const around = (answer: string): object => ({ answer, client: [], server: [] });
    expect(await ask(`${v4}:8080/`, 4321)).toStrictEqual(around(client.address));
    expect(await ask(`${v4}:8080/`, SIDECAR_USER)).toStrictEqual(around(client.address));
    expect(await ask(`${v4}:9090/`)).toStrictEqual(around(client.address));
    expect(await ask(`${v6}:8080/`)).toStrictEqual(around(client.address6));

    await intercept(client, '--exclude-outbound-cidrs', '198.51.100.0/28');
    expect(await ask(`${v4}:8080/`)).toStrictEqual(around(client.address));
    expect((await ask(`${v6}:8080/`)).client).toStrictEqual([`outbound ${server.address6} 8080`]);
    expect((await ask(`${v4}:8080/`, 4321)).client).toStrictEqual([]);
    expect((await ask(`${v6}:8080/`, 4321)).client).toStrictEqual([`outbound ${server.address6} 8080`]);
  });

  it('leaves the ports of the sidecar and excluded ones alone where calls arrive', async () => {
    const { client, server } = setting;
    await intercept(server, '--exclude-inbound-ports', '9000-9099');

    expect((await ask(`http://${server.address}:8080/`)).server).toStrictEqual([`inbound ${server.address} 8080`]);
    expect(await ask(`http://${server.address}:9090/`)).toStrictEqual({ answer: client.address, client: [], server: [] });
    expect(await ask(`http://${server.address}:15090/`)).toStrictEqual({ answer: client.address, client: [], server: [] });
  });

  it.each([
    ['address', 15_001, 'outbound'],
    ['address', 15_006, 'inbound'],
    ['address6', 15_001, 'outbound'],
    ['address6', 15_006, 'inbound'],
  ] as const)('names the listener itself to one who dials it (%s %i)', async (family, port, side) => {
    const { server } = setting;
    await intercept(server);
    const to = server[family];

    expect(await ask(`http://${inUrl(to)}:${port}/`)).toStrictEqual({
      answer: '',
      client: [],
      server: [`${side} ${to} ${port}`],
    });
  });

  it('leaves loopback and the own addresses of a host alone', async () => {
    const { client } = setting;
    await intercept(client);

    expect(await ask('http://127.0.0.1:8080/')).toStrictEqual({ answer: '127.0.0.1', client: [], server: [] });
    expect(await ask('http://[::1]:8080/')).toStrictEqual({ answer: '::1', client: [], server: [] });
    expect(await ask(`http://${client.address}:8080/`)).toStrictEqual({ answer: client.address, client: [], server: [] });
    expect(await ask(`http://[${client.address6}]:8080/`)).toStrictEqual({ answer: client.address6, client: [], server: [] });
  });

  it('leaves what only passes through alone', async () => {
    const { net, client, server } = setting;
    const { router } = net.hosts;
    await router.exec(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.send_redirects=0']);
    await router.exec(['ip', 'route', 'add', BEYOND, 'via', server.address]);
    await client.exec(['ip', 'route', 'add', BEYOND, 'via', router.address]);
    await server.exec(['ip', 'address', 'add', `${BEYOND}/32`, 'dev', 'lo']);
    await intercept(router);

    expect(await ask(`http://${BEYOND}:8080/`)).toStrictEqual({ answer: client.address, client: [], server: [] });
  });

  it.each([
    ['address', '127.0.0.1'],
    ['address6', '::1'],
  ] as const)(
    'lets the sidecar choose whether it calls its own application or its own front door (%s)',
    async (family, loopback) => {
      const { client } = setting;
      await intercept(client);
      const to = client[family];
      const url = `http://${inUrl(to)}:8080/`;
      const fromLoopback = await client.exec(['curl', '--silent', '--interface', loopback, url], { userId: SIDECAR_USER });

      expect(fromLoopback.stdout).toBe(to);
      expect(caught('client')).toStrictEqual([`inbound ${to} 8080`]);
      expect(await ask(url, SIDECAR_USER)).toStrictEqual({ answer: to, client: [], server: [] });
    },
  );

  it('is the same after a second run, follows a changed flag, and leaves nothing when it is removed', async () => {
    const { client } = setting;
    await intercept(client);
    const first = await ruleset(client);
    await intercept(client);
    const second = await ruleset(client);
    await intercept(client, '--outbound-port', '16001');
    const changed = await ruleset(client);
    await intercept(client, '--remove');
    await intercept(client, '--remove');

    expect(second).toBe(first);
    expect(changed).toBe(
      first
        .replace('redirect to :15001', 'redirect to :16001')
        .replace('15001, 15006, 15021, 15090', '15006, 15021, 15090, 16001'),
    );
    expect(await ruleset(client)).toBe('');
  });

  it('leaves tables of others alone', async () => {
    const { client } = setting;
    await client.exec(['nft', 'add table inet other; add chain inet other kept; add table ip weir']);
    const before = await ruleset(client);
    await intercept(client);
    await intercept(client, '--remove');

    expect(await ruleset(client)).toBe(before);
  });

  it('leaves connections alone that are open when the rules come and go', async () => {
    const { client, server } = setting;
    await using talk = await startTalk();
    await talk.echoes('1');
    await Promise.all([intercept(client), intercept(server)]);
    await talk.echoes('2');
    await Promise.all([intercept(client, '--remove'), intercept(server, '--remove')]);
    await talk.echoes('3');

    expect([...caught('client'), ...caught('server')]).toStrictEqual([]);
  });

  it('goes on with what it has redirected when the rules are replaced, and ends it when they go', async () => {
    const { client, server } = setting;
    await intercept(client);
    await using talk = await startTalk();
    await talk.echoes('1');
    await intercept(client, '--exclude-outbound-ports', '7000');
    await talk.echoes('2');
    await intercept(client, '--remove');
    await talk.say();

    expect(await talk.child.exited).toMatchObject({ code: 1 });
    expect(caught('client')).toStrictEqual([`outbound ${server.address} 7000`]);
  });
});

/** A connection from the client to the server that is held open. */
class Talk implements AsyncDisposable {
  readonly child: Child;
  private readonly echo: Child;

  constructor(child: Child, echo: Child) {
    this.child = child;
    this.echo = echo;
  }

  /** Says the next number on the connection. */
  async say(): Promise<void> {
    await setting.client.exec(['bash', '-c', ': >/dev/tcp/127.0.0.1/7001'], { userId: OTHER_USER });
  }

  async echoes(number: string): Promise<void> {
    await this.say();
    await waitFor(() => this.child.stdout.endsWith(number), { what: () => `${number}\n${this.child.output}` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child[Symbol.asyncDispose]();
    await this.echo[Symbol.asyncDispose]();
  }
}

async function startTalk(): Promise<Talk> {
  const { client, server } = setting;
  const echo = server.run([process.execPath, '-e', ECHO]);
  await echo.sees(/ready/);
  const child = client.run([process.execPath, '-e', TALK, server.address], { userId: OTHER_USER });
  await child.sees(/ready/);
  return new Talk(child, echo);
}

/** Says back what it hears. */
const ECHO = `require('node:net').createServer(socket => socket.pipe(socket)).listen(7000, '::', () => console.error('ready'))`;

/** Holds one connection to the other host, says the next number on it for each connection to port 7001, and prints what comes back. */
const TALK = `
let count = 0;
const { connect, createServer } = require('node:net');
const socket = connect(7000, process.argv[1], () => {
  createServer(asked => { socket.write(String(++count)); asked.end(); }).listen(7001, '127.0.0.1', () => console.error('ready'));
});
socket.on('data', bytes => process.stdout.write(bytes)).on('error', () => process.exit(1));`;

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
