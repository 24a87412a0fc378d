// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createTerminal } from '../terminal/terminal.ts';
import { readProbing } from './read-probing.ts';
import type { SidecarFlags } from './sidecar-flags.ts';

const AT = { address: '0.0.0.0', port: 15_021 };
const PROBES = JSON.stringify({ app: { livez: { tcpSocket: { port: 80 } } } });

async function reading(probeAddress: SidecarFlags['probeAddress'], probes: string) {
  const terminal = { ...createTerminal(), environment: { WEIR_PROBES: probes } };
  const flags = { probeAddress, probes: undefined } satisfies Pick<SidecarFlags, 'probeAddress' | 'probes'>;
  return readProbing(flags, terminal);
}

describe('what a sidecar is asked', () => {
  it('is nothing unless an address is given', async () => {
    expect(await reading('off', '')).toBeUndefined();
    expect(await reading(AT, '')).toEqual({ at: AT, probes: new Map() });
  });

  it('is what the environment has of the application', async () => {
    const found = await reading(AT, PROBES);
    expect([...(found?.probes ?? [])]).toEqual([['/app-health/app/livez', { kind: 'tcp', port: 80, timeoutMs: 1000 }]]);
  });

  it('is refused where nobody could ask it, and with all that is wrong in it', async () => {
    await expect(reading('off', PROBES)).rejects.toThrow('write --probe-address ADDRESS:PORT as well');
    await expect(reading(AT, '{"app":{"livez":{"tcpSocket":{}}}}')).rejects.toThrow(
      'WEIR_PROBES cannot be used:\n    app.livez.tcpSocket.port: write a whole number from 1 to 65535',
    );
  });
});
