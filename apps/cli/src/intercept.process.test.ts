// SPDX-License-Identifier: Apache-2.0
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Child, createTempDirectory, openNetwork, whyNoNetwork } from '@weir/testing';
import type { CommandResult, Host, Network } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const SUMMARY = 'TCP is redirected: what comes in to port 15006, what goes out to port 15001 unless user 15177 sends it\n';
const NOBODY = 65_534;
const SYSTEM_PATH = '/usr/bin:/bin:/usr/sbin:/sbin';
const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

/** Never without --print: outside of a network of its own, a test that goes wrong would redirect all of this machine's connections. */
async function print(...flags: readonly string[]): Promise<CommandResult> {
  await using child = new Child([process.execPath, MAIN, 'intercept', '--print', ...flags]);
  const { code } = await child.exited;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

describe('weir intercept', () => {
  it('prints what nft would be told, and needs nothing for it', async () => {
    const { code, stdout, stderr } = await print('--exclude-inbound-ports', '22');
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('tcp dport { 22 } return');
  });

  it('prints how the rules are taken away', async () => {
    const { stdout } = await print('--remove');
    expect(stdout).toBe('table inet weir\ndelete table inet weir\n');
  });

  it('has no use for the flags of rules when they are taken away', async () => {
    const { code, stderr } = await print('--remove', '--inbound-port', '15006');
    expect(code).toBe(2);
    expect(stderr).toContain("option '--remove' cannot be used with option '--inbound-port <port>'");
  });

  it('refuses two listeners on one port', async () => {
    const { code, stderr } = await print('--inbound-port', '15001');
    expect({ code, stderr }).toStrictEqual({
      code: 2,
      stderr: 'weir: --inbound-port and --outbound-port are both 15001: give each a port of its own\n',
    });
  });
});

describe.skipIf(reason !== undefined)(`weir intercept in a network namespace${note}`, () => {
  let net: Network<'host'>;
  let host: Host;

  beforeAll(async () => {
    net = await openNetwork({ hosts: ['host'] });
    ({ host } = net.hosts);
  });

  afterAll(() => net[Symbol.asyncDispose]());

  const weir = (...flags: readonly string[]): Promise<CommandResult> =>
    host.exec([process.execPath, MAIN, 'intercept', ...flags]);

  /** With an nft of the test's own, which changes nothing. */
  async function weirWithNft(script: string): Promise<CommandResult> {
    await using folder = await createTempDirectory();
    await folder.write('nft', `#!/bin/sh\n${script}\n`);
    await chmod(`${folder.path}/nft`, 0o755);
    const result = await host.exec([process.execPath, MAIN, 'intercept'], { env: { PATH: `${folder.path}:${SYSTEM_PATH}` } });
    expect((await host.exec(['nft', 'list', 'ruleset'])).stdout).toBe('');
    return result;
  }

  it('has the kernel take every kind of exclusion, and says which ports nobody guards', async () => {
    const outbound = [
      '--exclude-outbound-ports',
      '53,1-65535',
      '--exclude-outbound-cidrs',
      '0.0.0.0/0,::/0,10.0.0.0/8,2001:db8::1',
    ];
    const { code, stderr } = await weir(...outbound, '--exclude-inbound-ports', '23,22', '--exclude-user-ids', '0-4294967294');
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: `${SUMMARY}no policy guards who connects to: 22-23\n` });
    expect(await weir('--remove')).toMatchObject({ code: 0, stderr: 'nothing is redirected any more\n' });
  });

  it('says who may do this to one who may not', async () => {
    const { code, stderr } = await host.exec([process.execPath, MAIN, 'intercept'], { userId: NOBODY });
    expect(code).toBe(1);
    expect(stderr).toContain('weir: the kernel takes no rules from this user: run weir intercept as root');
  });

  it('says what to install where nft is not', async () => {
    const hide = ['sh', '-c', 'mount -t tmpfs none /usr/sbin && exec "$@"', 'sh'] as const;
    const { code, stderr } = await host.exec([...hide, process.execPath, MAIN, 'intercept'], {
      env: { PATH: SYSTEM_PATH },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('weir: nft cannot be started: install nftables (apt-get install nftables, apk add nftables)');
  });

  it.each([
    [
      'Error: Could not process rule: No such file or directory',
      'this kernel lacks a part of nftables: it needs nf_tables, nft_nat, nft_redir and nft_fib_inet, built in or as modules loaded on the host',
    ],
    [
      'netlink: Error: cache initialization failed: Operation not permitted',
      'the kernel takes no rules from this user: run weir intercept as root',
    ],
    ['Error: syntax error, unexpected newline', 'nft did not take the rules; nothing was changed'],
  ])('says what to do when nft says %j', async (words, advice) => {
    const { code, stderr } = await weirWithNft(`cat >/dev/null; echo '${words}' >&2; exit 1`);
    expect(code).toBe(1);
    expect(stderr).toContain(`weir: ${advice}`);
    expect(stderr).toContain(words);
  });

  it('does not mind an nft that reads nothing', async () => {
    expect(await weirWithNft('exit 0')).toStrictEqual({ code: 0, stdout: '', stderr: SUMMARY });
  });
});
