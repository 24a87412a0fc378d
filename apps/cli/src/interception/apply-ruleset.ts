// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { CommandFailure, EXIT } from '../exit-code.ts';

/** Where distributions keep it, which is not on the PATH of every user. */
const SYSTEM_FOLDERS = '/usr/sbin:/sbin';

/** Has nft carry out a script in the current network namespace: all of it, or nothing. Throws CommandFailure. */
export async function applyRuleset(script: string, path: string | undefined): Promise<void> {
  if (process.platform !== 'linux') {
    throw new CommandFailure(
      EXIT.refused,
      `connections cannot be intercepted on ${process.platform}, only on Linux: start the application with \`weir run\` instead`,
    );
  }
  const { code, stderr } = await runNft(script, path);
  if (code !== 0) throw failureFrom(stderr);
}

interface NftResult {
  readonly code: number | null;
  readonly stderr: string;
}

async function runNft(script: string, path: string | undefined): Promise<NftResult> {
  const env = { PATH: path === undefined ? SYSTEM_FOLDERS : `${path}:${SYSTEM_FOLDERS}` };
  const child = spawn('nft', ['-f', '-'], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  // It may end before it has read everything; its exit code says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(script);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  try {
    const [code, stderr] = await Promise.all([ended, text(child.stderr)]);
    return { code, stderr };
  } catch (cause) {
    throw new CommandFailure(
      EXIT.refused,
      'nft cannot be started: install nftables (apt-get install nftables, apk add nftables), or print the rules with --print and load them with what you have',
      { cause },
    );
  }
}

/** What nft says, for people who have not read its manual. */
function failureFrom(stderr: string): CommandFailure {
  const detail = stderr.trim().split('\n').slice(0, 3).join('\n');
  if (/operation not permitted|permission denied|you must be root/i.test(stderr)) {
    return new CommandFailure(
      EXIT.refused,
      `the kernel takes no rules from this user: run weir intercept as root, in a container with the capability NET_ADMIN (and no hostNetwork)\n${detail}`,
    );
  }
  if (/no such file or directory|not supported|protocol wrong type|unable to initialize netlink/i.test(stderr)) {
    return new CommandFailure(
      EXIT.refused,
      `this kernel lacks a part of nftables: it needs nf_tables, nft_nat, nft_redir and nft_fib_inet, built in or as modules loaded on the host (modprobe nft_redir nft_fib_inet)\n${detail}`,
    );
  }
  return new CommandFailure(EXIT.refused, `nft did not take the rules; nothing was changed\n${detail}`);
}
