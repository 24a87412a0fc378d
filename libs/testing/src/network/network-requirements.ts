// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';

const PROBE = `weir-${process.pid}-probe`;

/**
 * Why no network of namespaces can be made here; undefined where it can. Namespaces need root and iproute2, and what interception and
 * partitions are made of needs nftables.
 */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [command, argument] of [
    ['ip', '-V'],
    ['nft', '--version'],
    ['setpriv', '--version'],
  ] as const) {
    if (spawnSync(command, [argument]).error !== undefined) return `${command} is not installed`;
  }
  // A container may be root and still not be allowed to.
  const { status, stderr } = spawnSync('ip', ['netns', 'add', PROBE], { encoding: 'utf8' });
  if (status !== 0) return `network namespaces cannot be made: ${stderr.trim()}`;
  spawnSync('ip', ['netns', 'delete', PROBE]);
  return undefined;
}
