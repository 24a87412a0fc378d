// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { CelError } from './cel-error.ts';
import { placeOf } from './cel-place.ts';
import { compileExpression } from './compile-expression.ts';

/** `place: what is wrong | what to write`. */
function refusal(source: string): string {
  try {
    compileExpression(source, 'bool');
    return 'accepted';
  } catch (reason) {
    if (!(reason instanceof CelError)) throw reason;
    return `${placeOf(source, reason.offset)}${reason.message} | ${reason.hint}`;
  }
}

const accepted = (source: string): ReturnType<typeof compileExpression> => compileExpression(source, 'bool');

describe('compileExpression', () => {
  it.each([
    'request.method == "GET" && request.path.startsWith("/orders/" + claims.sub)',
    'has(claims.realm.roles) && claims.realm.roles.exists(role, role in ["admin", "editor"])',
    'claims.level >= 3 || "gold" in consumer.groups',
    'request.headers["x-team"] == "a" || request.headers.accept.contains("json")',
    '"x" in request.query.tag && size(request.query) < 4',
    'certificate.uris.exists(uri, uri.startsWith("spiffe://example/"))',
    '"write" in claims.scope.split(" ")',
    '!request.path.matches("^/v[0-9]+/")',
    'int(claims.level) + 1 > 2 ? true : claims.admin',
    'consumer.groups.all(claims, claims == claims)',
    '[1, 2.5].exists_one(x, x == 1)',
  ])('takes %s', source => {
    expect(refusal(source)).toBe('accepted');
  });

  it.each([
    ['', 'cannot be read from `end of input` on | write an expression of CEL (https://cel.dev)'],
    ['a &&', 'at character 3 (`&&`) cannot be read from `&` on | write an expression of CEL (https://cel.dev)'],
    [
      'request.metod == "GET"',
      'at character 8 (`.metod == "GET"`) `request.metod` is nothing that is known here | did you mean `request.method`?',
    ],
    ['claim.sub == "a"', 'at character 6 (`.sub == "a"`) `claim.sub` is nothing that is known here | did you mean `claims`?'],
    ['request.path', 'at character 8 (`.path`) is of type string | write something of type bool'],
    [
      'request.method == 1',
      'at character 16 (`== 1`) compares string and int, which are never equal | compare what is of the same type',
    ],
    ['request.method.size > 1', 'at character 15 (`.size > 1`) asks for `size` of a string | ask for members of maps only'],
    [
      'request.headers["X-Team"] == "a"',
      'at character 16 (`["X-Team"] == "a"`) asks for header `X-Team`, and names of headers are lower-case here | write x-team',
    ],
    ['has(request.headers.Host)', 'asks for header `Host`, and names of headers are lower-case here | write host'],
    [
      'claims.level + 1 > 2',
      'at character 14 (`+ 1 > 2`) `+` needs to know what it calculates with | write int(…), double(…) or string(…) around what a token says',
    ],
    [
      'request.path.startWith("/")',
      'at character 13 (`.startWith("/")`) `startWith` is no function that is known here | did you mean `startsWith`?',
    ],
    [
      'request.path.matches(request.host)',
      'at character 13 (`.matches(request.host)`) matches something that is no constant | write the expression in quotes',
    ],
    [
      'request.path.matches("(?=a)")',
      'at character 13 (`.matches("(?=a)")`) has an expression that RE2 does not take: error parsing regexp: invalid or unsupported Perl syntax: `(?=` | write it in RE2 syntax',
    ],
    [
      'request.path.matches("((a|b){1,100}x?){5}$")',
      'may cost 787028 steps, and 100000 are allowed | write fewer matches, and no loops within loops',
    ],
    [
      'claims.a.exists(x, claims.b.exists(y, x == y))',
      'may cost 10004018016 steps, and 100000 are allowed | write fewer matches, and no loops within loops',
    ],
    [
      'claims.a.map(x, x) == []',
      'at character 9 (`.map(x, x) == []`) makes a list out of another one, which is not served | write exists, all or exists_one',
    ],
    [
      'claims.a.filter(x, x) == []',
      'at character 9 (`.filter(x, x) == []`) makes a list out of another one, which is not served | write exists, all or exists_one',
    ],
    ['request.method.exists(x, true)', 'at character 15 (`.exists(x, true)`) goes through a string | go through a list or a map'],
    ['{"a": true}["a"]', 'is written in a form that is not served | write it without braces'],
    ['1u == 1u', 'is a constant that is not served | write a text, number, true, false or null'],
    ['9007199254740993 == 1', 'is too large | write a number below 2^53'],
    [
      'timestamp("2026-01-01T00:00:00Z") == null',
      '`timestamp` is no function that is known here | known are size, int, double, string, contains, startsWith, endsWith, lowerAscii, split, has, matches, all, exists, exists_one',
    ],
    [
      `${'('.repeat(70)}true${')'.repeat(70)}`,
      'at character 65 (`((((((true))))))))))))))…`) is nested too deep | write several rules',
    ],
    [`${'true ? true : '.repeat(280)}true`, 'is nested too deep | write several rules, or `x in [a, b]`'],
    ['true '.padEnd(4097), 'is longer than 4096 characters | write several rules'],
  ])('refuses %s', (source, words) => {
    expect(refusal(source)).toBe(words);
  });

  it('says whether it depends on who the caller is', () => {
    expect(accepted('request.path == "/"').asksWho).toBe(false);
    expect(accepted('certificate.uris == []').asksWho).toBe(false);
    expect(accepted('has(claims.sub)').asksWho).toBe(true);
    expect(accepted('consumer.name == ""').asksWho).toBe(true);
  });

  it('makes plain data that can be sent', () => {
    const program = accepted('request.method in ["GET"] && claims.a.exists(x, x == 1) || request.path.matches("a")');
    expect(JSON.parse(JSON.stringify(program))).toEqual(program);
  });
});
