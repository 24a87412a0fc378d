// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { renderScenario } from './table.ts';

describe('renderScenario', () => {
  it('writes a Markdown table, what was to be reached, and who is missing', () => {
    const text = renderScenario({
      name: 'tls',
      title: 'keep-alive over TLS',
      columns: ['proxy', 'CPU'],
      rows: [
        { label: 'weir', cells: ['9.5'], numbers: {} },
        { label: 'nginx', cells: ['12.0'], numbers: {} },
      ],
      targets: [
        { text: 'CPU ÷ nginx', limit: 1.2, value: 0.79 },
        { text: 'held ms', limit: 10, value: 12 },
        { text: 'CPU ÷ haproxy', limit: 1 / 0.7, value: 1.4 },
        { text: 'CPU ÷ envoy', limit: 0.6, value: Number.NaN },
      ],
      skipped: ['envoy: envoy is not on PATH'],
    });
    expect(text).toBe(`
### tls: keep-alive over TLS

| proxy |  CPU |
| ----- | ---: |
| weir  |  9.5 |
| nginx | 12.0 |

- CPU ÷ nginx: 0.79, to reach: at most 1.2: met
- held ms: 12.00, to reach: at most 10: MISSED
- CPU ÷ haproxy: 1.40, to reach: at most 1.43: met
- CPU ÷ envoy: not measured (to reach: at most 0.6)
- not measured: envoy: envoy is not on PATH`);
  });
});
