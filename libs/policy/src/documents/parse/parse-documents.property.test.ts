// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../index.ts';

const GATEWAY = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  labels: {app: shop}
spec:
  gatewayClassName: weir
  listeners:
    - name: http
      port: 8080
      protocol: HTTP
      allowedRoutes:
        namespaces:
          from: All
`;

/** What a hand slips on: a character lost, doubled or replaced. */
const slips = fc.array(
  fc.record({
    at: fc.nat(GATEWAY.length),
    remove: fc.nat(3),
    insert: fc.constantFrom('', '\t', ' ', ':', '-', '"', '[', '{', '*', '&', '!', '\n', '<<', '\u0000'),
  }),
  { minLength: 1, maxLength: 4 },
);

describe('any text', () => {
  it('is parsed without throwing, and each problem is at a place of the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '-', '[', '{', '}', ',', '&x', '*x', '"', '|', '?', '!') }),
        ),
        fc.constantFrom('a.yaml', 'a.json'),
        (text, file) => {
          const lineCount = text.split('\n').length;
          for (const { line = 0, column = 0, message } of parseDocuments(text, file).problems) {
            expect(line).toBeGreaterThan(0);
            expect(line).toBeLessThanOrEqual(lineCount);
            expect(column).toBeGreaterThan(0);
            expect(message).not.toMatch(/undefined|NaN|\n/);
          }
        },
      ),
    );
  });
});

describe('a document with slips of the hand', () => {
  it('is a document, a problem or nothing of ours, and never an exception', () => {
    fc.assert(
      fc.property(slips, edits => {
        let text = GATEWAY;
        for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
        const { documents, problems } = parseDocuments(text, 'edge.yaml');
        for (const { message, hint = '' } of problems) expect(`${message} ${hint}`).not.toMatch(/undefined|NaN|Invalid input|\n/);
        for (const { hash, source } of documents) {
          expect(hash).toMatch(/^[\w-]{43}$/);
          expect(source.locate('').line).toBeGreaterThan(0);
        }
      }),
    );
  });
});
