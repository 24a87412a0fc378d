// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { annotationProblems, POD_ANNOTATIONS } from './pod-annotations.ts';

it.each([
  ['weir.dev/inject', 'yes', '"yes" is not known: write "true" or "false"'],
  ['weir.dev/exclude-inbound-ports', '0', '"0" is no port: write such as 22 or 8000-8100'],
  ['weir.dev/exclude-inbound-ports', '9-8', '"9-8" is no port: write such as 22 or 8000-8100'],
  ['weir.dev/exclude-user-ids', 'root', '"root" is no user id: write such as 1000 or 1000-1999'],
  ['weir.dev/exclude-outbound-cidrs', '::1/64', '"::1/64" has bits behind its prefix: write its first address'],
  [
    'weir.dev/exclude-outbound-cidrs',
    '10.0.0.0/33',
    '"10.0.0.0/33" is no range of addresses: write such as 10.0.0.0/8 or 2001:db8::/32',
  ],
  [
    'weir.dev/exclude-outbound-cidrs',
    '::ffff:10.0.0.1',
    '"::ffff:10.0.0.1" is no range of addresses: write such as 10.0.0.0/8 or 2001:db8::/32',
  ],
  ['weir.dev/proxy-cpu', '0', '"0" is no amount: write such as "100m" or "128Mi"'],
  ['weir.dev/trace-ratio', '1.5', '"1.5" is no share: write a number from 0 to 1'],
  ['weir.dev/drain-deadline', '30', '"30" is no duration: write such as "30s" or "1m30s"'],
])('%s: %s', (name, value, problem) => {
  expect(annotationProblems({ [name]: value })).toEqual([`annotation ${name}: ${problem}`]);
});

it.each([
  ['weir.dev/exclude-outbound-cidrs', '2001:db8:1::/48, 10.1.2.3,::/0'],
  ['weir.dev/exclude-user-ids', '0,1000-1999'],
  ['weir.dev/proxy-memory', '1.5Gi'],
  ['weir.dev/proxy-memory', '1e8'],
  ['weir.dev/trace-ratio', '0.25'],
  ['weir.devil/x', 'y'],
])('%s: %s is right', (name, value) => {
  expect(annotationProblems({ [name]: value })).toEqual([]);
});

it('is a table that the docs have as well', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../../docs/injection.md'), 'utf8');
  const rows = docs.split('\n').flatMap(line => {
    const [, name, about, fallback] = /^\| `(weir\.dev\/[a-z\-]+)` +\| (.*?) +\| (.*?) +\|$/v.exec(line) ?? [];
    return name === undefined ? [] : [[name, about, fallback]];
  });
  expect(rows).toEqual(Object.entries(POD_ANNOTATIONS).map(([name, spec]) => [name, spec.about, spec.fallback]));
});
