// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { INTERCEPTION_DEFAULTS } from '@weir/proxy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectCidrs, collectPorts, collectUserIds } from '../flags/parse-interception.ts';
import { renderRuleset } from './render-ruleset.ts';
import type { Interception } from './render-ruleset.ts';

const PLAIN: Interception = {
  ...INTERCEPTION_DEFAULTS,
  excludedInboundPorts: [],
  excludedOutboundPorts: [],
  excludedOutboundCidrs: [],
  excludedUserIds: [],
};

function golden(name: string): Promise<string> {
  return readFile(new URL(`goldens/${name}.nft`, import.meta.url), 'utf8');
}

describe('the rules', () => {
  it('redirect everything but what must not be', async () => {
    expect(renderRuleset(PLAIN)).toBe(await golden('nothing-excluded'));
  });

  it('leave alone what is excluded', async () => {
    const interception = {
      ...{ inboundPort: 16_006, outboundPort: 16_001, probePort: 16_021, metricsPort: 16_090, userId: 999 },
      excludedInboundPorts: collectPorts('22,9000-9100,9050-9200'),
      excludedOutboundPorts: collectPorts('53'),
      excludedOutboundCidrs: collectCidrs('2001:db8::/32,10.1.0.0/16,169.254.169.254,10.0.0.0/8'),
      excludedUserIds: collectUserIds('1000-1999,0'),
    };
    expect(renderRuleset(interception)).toBe(await golden('everything-excluded'));
  });

  it('are the same in whatever order and however often an exclusion is written', () => {
    const ports = fc.uniqueArray(fc.integer({ min: 1, max: 20 }).map(String), { minLength: 1 });
    const cidrs = fc.uniqueArray(fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '192.0.2.7', '::/0', '2001:db8::1'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(ports, cidrs, (portTexts, cidrTexts) => {
        const render = (order: <Item>(items: readonly Item[]) => readonly Item[]): string =>
          renderRuleset({
            ...PLAIN,
            excludedInboundPorts: collectPorts(order(portTexts).join(',')),
            excludedOutboundCidrs: collectCidrs(order(cidrTexts).join(',')),
          });
        expect(render(items => items.toReversed())).toBe(render(items => items));
        expect(render(items => [...items, ...items])).toBe(render(items => items));
      }),
    );
  });
});
