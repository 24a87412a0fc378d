// SPDX-License-Identifier: Apache-2.0
import type { Linter } from 'eslint';

/**
 * Lint starts from every rule of ESLint and typescript-eslint. These are the exceptions and settings, each with its reason;
 * a rule that is not here is on as it comes.
 */
const off = 'off';

/** Rules about taste or about code that this repository does not have. */
const TASTE: Linter.RulesRecord = {
  'sort-keys': off, // members are ordered by meaning: what matters first
  'sort-imports': off, // grouped by origin, kept by hand
  'one-var': off, // one declaration a line reads and diffs better
  'init-declarations': off, // TypeScript proves assignment before use
  'no-ternary': off, // a short choice between two values is clearest as one expression
  'no-undefined': off, // exactOptionalPropertyTypes makes `undefined` a value that is written on purpose
  'no-plusplus': off, // `i++` in a counting loop confuses nobody
  'no-continue': off, // early exits keep loops flat
  'no-negated-condition': off, // which branch comes first is for the reader's sake
  'no-inline-comments': off, // reasons stand beside the entry of a table that they explain
  'capitalized-comments': off, // as above: such a reason is often a fragment
  'id-length': off, // `i` is an index
  'max-statements': off, // function length and complexity are limited instead
  'prefer-template': off, // messages of bytes and long texts read better as lines that are added up
  'prefer-named-capture-group': off, // patterns here have one or two groups
  'prefer-destructuring': off, // `list[i]!` and `head.path` are as clear
  '@typescript-eslint/prefer-destructuring': off,
  'line-comment-position': off, // as no-inline-comments
  'require-unicode-regexp': off, // header fields are bytes; the flag would change nothing and cost a slower path
  'no-underscore-dangle': off, // brands and private words of Node need one
  'class-methods-use-this': off, // implementations of an interface need not use their state
  '@typescript-eslint/class-methods-use-this': off,
  '@typescript-eslint/member-ordering': off, // factories first, then what they make
  '@typescript-eslint/method-signature-style': off, // contracts read as lists of methods
  '@typescript-eslint/no-magic-numbers': off, // statuses, ASCII codes and test data are clearest as they are; defaults are named constants
  'no-magic-numbers': off, // as above
};

/** Rules that TypeScript or another rule covers better. */
const COVERED: Linter.RulesRecord = {
  camelcase: off, // naming-convention, which knows types from values
  'consistent-return': off, // noImplicitReturns
  '@typescript-eslint/consistent-return': off, // noImplicitReturns
  'default-case': off, // switch-exhaustiveness-check
  'no-undef': off, // TypeScript
  '@typescript-eslint/no-redeclare': off, // TypeScript; a type and its table may bear one name
  'no-void': off, // no-meaningless-void-operator; `void` marks a promise that nobody waits for and a result that nobody wants
  '@typescript-eslint/explicit-function-return-type': off, // explicit-module-boundary-types: public functions state theirs
  '@typescript-eslint/strict-void-return': off, // no-misused-promises covers the dangerous half
};

/** Rules that cost more than they find in code like this. */
const COSTLY: Linter.RulesRecord = {
  '@typescript-eslint/prefer-readonly-parameter-types': off, // no Buffer, socket or class instance would pass
  '@typescript-eslint/no-non-null-assertion': off, // noUncheckedIndexedAccess forces it behind every proven bound
  '@typescript-eslint/no-unsafe-type-assertion': off, // brands and platform types (`server.address()`); `as string` and `as any` are banned
  '@typescript-eslint/promise-function-async': off, // passing a promise on is cheaper than wrapping it in another
  'require-atomic-updates': off, // reports nearly every `this.x = await …`
  'no-await-in-loop': off, // order is mostly the point
  '@typescript-eslint/prefer-for-of': off, // an indexed loop is the form that costs nothing on the path of a request
  'no-bitwise': off, // shared counters, hashes and addresses are bits
  'no-control-regex': off, // the codec's subject is control characters
};

/** Rules that stay, with the settings that this code needs. */
const SETTINGS: Linter.RulesRecord = {
  complexity: ['error', { max: 12, variant: 'modified' }], // a switch over one value is a table, not a maze
  curly: ['error', 'multi-line'],
  'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
  'max-classes-per-file': ['error', 2],
  'max-lines': ['error', 400],
  'max-lines-per-function': ['error', 60],
  'new-cap': ['error', { capIsNew: false }],
  'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
  'no-promise-executor-return': ['error', { allowVoid: true }],
  yoda: ['error', 'never', { exceptRange: true }],
  '@typescript-eslint/max-params': ['error', { max: 3 }],
  '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
  '@typescript-eslint/explicit-member-accessibility': ['error', { accessibility: 'no-public' }],
  '@typescript-eslint/no-confusing-void-expression': [
    'error',
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true },
  ],
  // Files read from the top: the public function first, what it uses below.
  '@typescript-eslint/no-use-before-define': ['error', { functions: false, classes: false, variables: false, typedefs: false }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/strict-boolean-expressions': ['error', { allowNullableBoolean: true }],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
  ],
  '@typescript-eslint/naming-convention': [
    'error',
    { selector: 'typeLike', format: ['PascalCase'] },
    { selector: 'function', format: ['camelCase'] },
    // Named by what they are taken from, such as NO_COLOR of the environment; `_` is a part of a tuple that nobody needs.
    { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null },
    { selector: 'variable', format: ['camelCase', 'UPPER_CASE', 'PascalCase'] },
    { selector: 'parameter', format: ['camelCase'], leadingUnderscore: 'allow' },
  ],
};

export const EXCEPTIONS: Linter.RulesRecord = { ...TASTE, ...COVERED, ...COSTLY, ...SETTINGS };

/** What tests need besides. */
export const TEST_EXCEPTIONS: Linter.RulesRecord = {
  'max-classes-per-file': off, // doubles live beside the test that uses them
  'max-lines-per-function': off, // a describe block is one function
  '@typescript-eslint/max-params': off, // the columns of `it.each` arrive as parameters
  'no-empty-function': off, // doubles do nothing on purpose
  '@typescript-eslint/no-empty-function': off,
  '@typescript-eslint/require-await': off, // doubles of asynchronous ports answer at once
  '@typescript-eslint/no-unsafe-assignment': off, // `expect.any(…)` is typed any
  '@typescript-eslint/unbound-method': off, // `expect(double.method)` does not call it
};
