// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../compile/goldens/read-documents.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import { configText, entryWords, secretText } from './credential-reader.ts';

const DOCUMENTS = readDocuments(`
apiVersion: v1
kind: Secret
metadata: { name: keys, namespace: shop }
data: { written: aGVsbG8= }
stringData: { plain: hello }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: keys, namespace: shop }
data: { plain: hello }
`);

describe('an entry', () => {
  const secret = DOCUMENTS.get('Secret/shop/keys') as DocumentOf<'Secret'>;
  const config = DOCUMENTS.get('ConfigMap/shop/keys') as DocumentOf<'ConfigMap'>;

  it('is read by its name', () => {
    expect([secretText(secret, 'written'), secretText(secret, 'plain'), configText(config, 'plain')]).toEqual(
      Array<string>(3).fill('hello'),
    );
  });

  // Whoever may name an entry would else stop the control plane of everybody.
  it.each(['constructor', '__proto__', 'toString'])('that nobody wrote is not there: %s', key => {
    expect([secretText(secret, key), configText(config, key)]).toEqual([undefined, undefined]);
  });
});

it('who looks for an entry in vain is told which there are, and which were too large', () => {
  const documents = readDocuments(`
apiVersion: v1
kind: ConfigMap
metadata: { name: full, namespace: shop, annotations: { internal.weir.dev/left-out: "board.json logo.svg" } }
data: { a: x, b: y }
---
apiVersion: v1
kind: Secret
metadata: { name: empty, namespace: shop }
`);
  expect(entryWords(documents.get('ConfigMap/shop/full') as DocumentOf<'ConfigMap'>)).toBe(
    'a, b, board.json (larger than 64 KiB, and not read), logo.svg (larger than 64 KiB, and not read)',
  );
  expect(entryWords(documents.get('Secret/shop/empty') as DocumentOf<'Secret'>)).toBe('no entries');
});
