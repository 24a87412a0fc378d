// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { movePorts } from './move-ports.ts';

it('replaces ports where they stand as numbers of their own', () => {
  const ports = new Map([
    [8080, 20_001],
    [7200, 20_002],
  ]);
  const text = 'http://localhost:8080/orders?id=18080 127.0.0.1:7200 key-8080x 9464';

  expect(movePorts(text, ports)).toBe('http://localhost:20001/orders?id=18080 127.0.0.1:20002 key-8080x 9464');
});
