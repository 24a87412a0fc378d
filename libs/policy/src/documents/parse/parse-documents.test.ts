// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ParsedText } from '../index.ts';
import { parseDocuments } from '../index.ts';

const ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
`;

const ALIGN = 'give all fields of one mapping, and all dashes of one list, the same number of spaces';

/** Each problem as `line:column message | hint`. */
function told({ problems }: ParsedText): readonly string[] {
  return problems.map(
    ({ line, column, message, hint }) => `${line}:${column} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );
}

function toldOfRoute(body: string): readonly string[] {
  return told(parseDocuments(ROUTE + body, 'shop.yaml'));
}

describe('documents that are right', () => {
  it('have their defaults, their namespace and no problems', () => {
    const { documents, problems } = parseDocuments(`${ROUTE}spec:\n  parentRefs:\n    - name: edge\n`, 'shop.yaml');
    expect(problems).toEqual([]);
    expect(documents).toMatchObject([
      {
        kind: 'HTTPRoute',
        namespace: 'default',
        name: 'shop',
        createdMs: 0,
        spec: { parentRefs: [{ kind: 'Gateway', name: 'edge' }] },
      },
    ]);
  });

  it('may be several in one text, with comments and empty documents between them', () => {
    const text =
      '# one\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n# none\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n';
    expect(parseDocuments(text, 'a.yaml').documents.map(({ name, source }) => [name, source.locate('').line])).toEqual([
      ['a', 3],
      ['b', 9],
    ]);
  });

  it('may be JSON that is indented with tabs', () => {
    const text = '{\n\t"apiVersion": "v1",\n\t"kind": "Namespace",\n\t"metadata": {"name": "a"}\n}';
    expect(parseDocuments(text, 'a.json')).toMatchObject({
      documents: [{ kind: 'Namespace', namespace: '', name: 'a' }],
      problems: [],
    });
  });

  it('may be the items of a List', () => {
    const text = 'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Namespace\n    metadata:\n      name: a\n';
    const [document] = parseDocuments(text, 'a.yaml').documents;
    expect(document?.source.locate('metadata.name')).toMatchObject({ line: 7, column: 7 });
    expect(document?.source.locate('')).toMatchObject({ line: 4, column: 5 });
  });

  it('have creation times in milliseconds', () => {
    const text = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, creationTimestamp: 2026-01-31T12:00:00Z, generation: 3}\n';
    expect(parseDocuments(text, 'a.yaml').documents).toMatchObject([{ createdMs: Date.UTC(2026, 0, 31, 12), generation: 3 }]);
  });

  it('have equal hashes when they say the same, however it is written', () => {
    const [left] = parseDocuments(
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {x: b, y: c}}\n',
      'a.yaml',
    ).documents;
    const [right] = parseDocuments(
      '# moved\nkind: Namespace\nmetadata:\n  labels: {y: c, x: "b"}\n  name: a\napiVersion: v1\n',
      'b.yml',
    ).documents;
    const [other] = parseDocuments(
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {x: b, y: d}}\n',
      'a.yaml',
    ).documents;
    expect(left?.hash).toBe(right?.hash);
    expect(left?.hash).not.toBe(other?.hash);
  });

  it('of kinds that are none of ours are counted and left alone', () => {
    const text =
      'apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: v1\nkind: LimitRange\n---\napiVersion: networking.istio.io/v1\nkind: Gateway\n';
    expect(parseDocuments(text, 'a.yaml')).toEqual({ documents: [], problems: [], ignoredCount: 3 });
  });
});

describe('locating a field', () => {
  const [route] = parseDocuments(
    `${ROUTE}  labels:\n    app.kubernetes.io/name: shop\nspec:\n  rules:\n    - backendRefs:\n        - name: a\n          port: 80\n`,
    'shop.yaml',
  ).documents;

  it('finds its name, and the start of an item', () => {
    expect(route?.source.locate('spec.rules[0].backendRefs[0].port')).toMatchObject({ line: 11, column: 11 });
    expect(route?.source.locate('spec.rules[0].backendRefs[0]')).toMatchObject({ line: 10, column: 11 });
  });

  it('finds names that have dots', () => {
    expect(route?.source.locate('metadata.labels.app.kubernetes.io/name')).toMatchObject({ line: 6, column: 5 });
  });

  it('finds the nearest ancestor of what is not written', () => {
    expect(route?.source.locate('spec.rules[0].filters[2].type')).toMatchObject({ line: 9, column: 7 });
    expect(route?.source.locate('spec.hostnames')).toMatchObject({ line: 7, column: 1 });
    expect(route?.source.locate('')).toMatchObject({ line: 1, column: 1 });
  });
});

describe('a text that is no YAML', () => {
  it.each([
    ['a tab', 'spec:\n\thostnames: []\n', `6:1 a tab indents this line | indent with spaces: YAML does not take tabs`],
    [
      'a line that is too far left',
      'spec:\n    rules: []\n  hostnames: []\n',
      `7:1 this line is indented neither as the lines above it nor as a part of one of them | ${ALIGN}`,
    ],
    [
      'a line that is too far right',
      'spec:\n  useDefaultGateways: All\n    hostnames: []\n',
      `7:5 this line is indented deeper than the field above it, which has a value already | ${ALIGN}`,
    ],
    [
      'no colon',
      'spec:\n  rules\n    - name: a\n',
      '6:3 this line has no colon | write the name of a field, a colon and its value; or a dash and a space before an item',
    ],
    [
      'no space after a colon',
      'spec:\n  rules:\n    - name:a\n      filters: []\n',
      '7:7 the colon after a field name has no space after it | write a space after the colon',
    ],
    [
      'a field written twice',
      'spec:\n  rules: []\n  rules: []\n',
      '7:3 field `rules` is written twice in one mapping | leave one of them out; items of a list each begin with a dash',
    ],
    [
      'a wildcard without quotes',
      'spec:\n  hostnames:\n    - *.shop.example\n',
      '7:7 a value that begins with `*` refers to an anchor, and there is none of that name before it | put text that begins with `*` in quotes, such as "*.shop.example"',
    ],
    [
      'an open quote',
      'spec:\n  hostnames: ["a.example]\n',
      '7:1 the text ends inside quotes or brackets | close every quote and bracket',
    ],
    [
      'an open bracket',
      'spec:\n  hostnames: [a.example\n  rules: []\n',
      '7:3 a bracket or brace that was opened above is not closed before this line | close it',
    ],
    [
      'a template',
      'spec:\n  hostnames: {{ .Values.hosts }}\n',
      '6:15 the name of a field is a mapping or a list, as text in braces without quotes is | put text that begins with `{` or `[` in quotes; templates must be filled in before Weir reads them',
    ],
    [
      'an unknown tag',
      'spec: !secret x\n',
      '5:7 a tag (`!`) has no meaning here | leave the tag out, or put text that begins with `!` in quotes',
    ],
  ])('with %s is told where and what to write', (_, body, expected) => {
    expect(toldOfRoute(body)).toEqual([expected]);
  });

  it('does not hide the other documents of the text', () => {
    const text = `a: 1\n---\n\tb: 1\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n`;
    const parsed = parseDocuments(text, 'a.yaml');
    expect(parsed.documents.map(({ name }) => name)).toEqual(['a']);
    expect(parsed.problems.map(({ line, code }) => [line, code])).toEqual([
      [1, 'missing-field'],
      [3, 'yaml-syntax'],
    ]);
  });

  it('cannot fill the memory with aliases of aliases', () => {
    const nine = (name: string): string => `[${Array.from({ length: 9 }, () => `*${name}`).join(',')}]`;
    const text = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b ${nine('a')}\nc: &c ${nine('b')}\nd: &d ${nine('c')}\ne: &e ${nine('d')}\n`;
    expect(told(parseDocuments(text, 'a.yaml'))).toEqual([
      '5:8 aliases stand for more than 10000 values | write the values out, or fewer of them',
    ]);
  });

  it.each([100, 10_000])('cannot exhaust the stack with %i brackets', count => {
    expect(parseDocuments('['.repeat(count) + ']'.repeat(count), 'a.yaml').problems).toHaveLength(1);
  });
});

describe('a text that is no JSON', () => {
  it.each([
    [
      'a comma too many',
      '{\n  "kind": "Service",\n}\n',
      '3:1 this cannot be read as JSON | look for a comma, quote or bracket that is missing or too many; JSON has no comments',
    ],
    [
      'a field twice',
      '{"kind": "Service", "kind": "Secret"}',
      '1:21 field `kind` is written twice in one mapping | leave one of them out; items of a list each begin with a dash',
    ],
    [
      'nothing',
      '',
      '1:1 the text ends before its JSON is complete | look for a comma, quote or bracket that is missing or too many; JSON has no comments',
    ],
  ])('with %s is told where', (_, text, expected) => {
    expect(told(parseDocuments(text, 'a.json'))).toEqual([expected]);
  });
});

describe('a document that its schema refuses', () => {
  it.each([
    [
      'a field of almost the right name',
      'spec:\n  hostname: [a.example]\n',
      '6:3 unknown field `hostname` in `spec`; did you mean `hostnames`?',
    ],
    [
      'a field at the wrong depth',
      'spec:\n  backendRefs:\n    - name: a\n',
      '6:3 unknown field `backendRefs` in `spec` | `backendRefs` belongs to `spec.rules[]`: check how far it is indented',
    ],
    [
      'a field that nobody knows',
      'spec:\n  timeouts:\n    colour: red\n',
      '6:3 unknown field `timeouts` in `spec` | `timeouts` belongs to `spec.rules[]`: check how far it is indented',
    ],
    [
      'a merge key',
      'spec:\n  <<: {rules: []}\n',
      '6:3 unknown field `<<` in `spec` | YAML 1.2 has no merge keys: write the fields out',
    ],
    [
      'text for a list',
      'spec:\n  hostnames: a.example\n',
      '6:3 `spec.hostnames` is the text `a.example`, and a list is expected | write it as an item of a list: a dash, a space and `a.example`',
    ],
    [
      'a dash without a space',
      'spec:\n  hostnames:\n    -a.example\n',
      '6:3 `spec.hostnames` is the text `-a.example`, and a list is expected | write a space after each dash',
    ],
    [
      'a deeper second dash',
      'spec:\n  hostnames:\n    - a.example\n     - b.example\n',
      '7:7 `spec.hostnames[0]` is no hostname | two items became one text: begin each dash in the same column',
    ],
    [
      'a mapping for a list',
      'spec:\n  rules:\n    name: a\n',
      '6:3 `spec.rules` is a mapping, and a list is expected | begin each item with a dash and a space',
    ],
    [
      'a colon without a space',
      'spec:\n  rules:\n    - name:a\n',
      '7:7 `spec.rules[0]` is the text `name:a`, and a mapping of fields is expected | write a space after the colon of each field',
    ],
    [
      'a number for text',
      'spec:\n  rules:\n    - name: 1\n',
      '7:7 `spec.rules[0].name` is the number `1`, and text is expected | put it in quotes: "1"',
    ],
    [
      'text for a number',
      'spec:\n  rules:\n    - backendRefs:\n        - name: a\n          port: "80"\n',
      '9:11 `spec.rules[0].backendRefs[0].port` is the text `80`, and a number is expected | leave the quotes out',
    ],
    [
      'a number out of range',
      'spec:\n  rules:\n    - backendRefs:\n        - name: a\n          port: 80800\n',
      '9:11 `spec.rules[0].backendRefs[0].port` is `80800`, and at most 65535 is allowed',
    ],
    [
      'a duration without its unit',
      'spec:\n  rules:\n    - timeouts: {request: 5}\n',
      '7:18 `spec.rules[0].timeouts.request` is the number `5`, and text is expected | write 5s, or 5ms',
    ],
    [
      'a retry that is none',
      'spec:\n  rules:\n    - retry: {attempts: 0}\n',
      '7:15 `spec.rules[0].retry.attempts` is `0`, which is no number of retries | write at least 1, or leave retry out',
    ],
    [
      'a required field missing',
      'spec:\n  parentRefs:\n    - namespace: infra\n',
      '7:7 `spec.parentRefs[0].name` is missing | add it as text',
    ],
    [
      'a required field misspelt',
      'spec:\n  parentRefs:\n    - nmae: edge\n',
      '7:7 unknown field `nmae` in `spec.parentRefs[0]`; did you mean `name`?',
    ],
    [
      'nothing in a field',
      'spec:\n',
      '5:1 `spec` is empty | write a mapping of fields, or leave the field out where it is not required',
    ],
    [
      'a value in lower case',
      'spec:\n  rules:\n    - matches:\n        - method: get\n',
      '8:11 `spec.rules[0].matches[0].method` is `get`, which is not allowed | did you mean `GET`? allowed is one of GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH',
    ],
    [
      'a part of a value',
      'spec:\n  rules:\n    - matches:\n        - path: {type: Prefix, value: /}\n',
      '8:18 `spec.rules[0].matches[0].path.type` is `Prefix`, which is not allowed | did you mean `PathPrefix`? allowed is one of Exact, PathPrefix, RegularExpression',
    ],
    [
      'a duration that is none',
      'spec:\n  rules:\n    - timeouts: {request: 10sec}\n',
      '7:18 `spec.rules[0].timeouts.request` is `10sec`, which is no duration | write whole numbers with h, m, s or ms, such as 30s, 1m30s or 500ms',
    ],
  ])('for %s is told where, what was found and what to write', (_, body, expected) => {
    expect(toldOfRoute(body)).toEqual([expected]);
  });

  it('is told all of its problems at once, in the order of the text', () => {
    const { documents, problems } = parseDocuments(
      `${ROUTE}  lables: {}\nspec:\n  hostnames: [A]\n  rules:\n    - nam: a\n`,
      'shop.yaml',
    );
    expect(documents).toEqual([]);
    expect(problems.map(({ code, path, object }) => [code, path, object])).toEqual([
      ['unknown-field', 'metadata.lables', 'HTTPRoute default/shop'],
      ['invalid-value', 'spec.hostnames[0]', 'HTTPRoute default/shop'],
      ['unknown-field', 'spec.rules[0].nam', 'HTTPRoute default/shop'],
    ]);
  });

  it('never shows what a Secret holds', () => {
    const text = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  annotations: {copy: 4711}\ndata:\n  tls.key: hunter2!\n  n: 4711\nstringData: hunter2\ntype: [hunter2]\n`;
    const { problems } = parseDocuments(text, 'a.yaml');
    expect(problems.map(({ path }) => path)).toEqual([
      'metadata.annotations.copy',
      'data.tls.key',
      'data.n',
      'stringData',
      'type',
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|4711/);
  });
});
