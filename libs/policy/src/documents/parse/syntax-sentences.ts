// SPDX-License-Identifier: Apache-2.0
import type { ErrorCode, YAMLParseError, YAMLWarning } from 'yaml';
import type { SourceText } from './source-text.ts';

/** What to say of a text that is no YAML. Values are never repeated: the text may be that of a Secret. */
export interface SyntaxSentence {
  readonly message: string;
  readonly hint: string;
  /** Where the mistake is, when that is not where the parser stumbled. */
  readonly offset?: number;
}

type Faulty = Pick<YAMLParseError | YAMLWarning, 'code' | 'message' | 'pos'>;
type Describe = (fault: Faulty, source: SourceText) => SyntaxSentence;

const says =
  (message: string, hint: string): Describe =>
  () => ({ message, hint });

const ALIGN = 'give all fields of one mapping, and all dashes of one list, the same number of spaces';
const QUOTE = 'put the text in quotes';

/** One entry for each way the parser fails. */
const SENTENCES: Readonly<Record<ErrorCode, Describe>> = {
  ALIAS_PROPS: says('an alias has a tag or an anchor of its own', 'leave the tag or anchor out'),
  BAD_ALIAS: says('`*` is followed by no name', QUOTE),
  BAD_COLLECTION_TYPE: says('a tag says another type than what is written', 'leave the tag out'),
  BAD_DIRECTIVE: says('a line begins with `%` and is no directive that YAML has', 'leave the line out'),
  BAD_DQ_ESCAPE: says(
    'text in double quotes has a backslash that begins no escape',
    'write two backslashes, or use single quotes',
  ),
  BAD_INDENT: badIndent,
  BAD_PROP_ORDER: says('a tag or an anchor stands before a dash or a `?`', 'write it after'),
  BAD_SCALAR_START: says('text begins with a character that means something else in YAML', QUOTE),
  BLOCK_AS_IMPLICIT_KEY: says(
    'a second field begins on the line of the first',
    'put the second field on a line of its own, or text that has a colon in quotes',
  ),
  BLOCK_IN_FLOW: says(
    'lines with dashes or indented fields stand inside brackets',
    'close the bracket, or write the items with commas',
  ),
  DUPLICATE_KEY: (fault, source) => ({
    message: `field \`${wordAt(source, fault.pos[0])}\` is written twice in one mapping`,
    hint: 'leave one of them out; items of a list each begin with a dash',
  }),
  IMPOSSIBLE: says('this cannot be read as YAML', 'compare it with the lines above'),
  KEY_OVER_1024_CHARS: says('the name of a field is longer than 1024 characters', 'look for a quote that is not closed'),
  MISSING_CHAR: missingCharacter,
  MULTILINE_IMPLICIT_KEY: lineWithoutColon,
  MULTIPLE_ANCHORS: says('a value has two anchors', 'leave one of them out'),
  MULTIPLE_DOCS: says('a second document begins here', 'separate documents by a line of three dashes'),
  MULTIPLE_TAGS: says('a value has two tags', 'leave one of them out'),
  NON_STRING_KEY: says('the name of a field is no text', QUOTE),
  TAB_AS_INDENT: says('a tab indents this line', 'indent with spaces: YAML does not take tabs'),
  TAG_RESOLVE_FAILED: says('a tag (`!`) has no meaning here', 'leave the tag out, or put text that begins with `!` in quotes'),
  RESOURCE_EXHAUSTION: says('values are nested too deeply', 'look for a bracket that is not closed'),
  UNEXPECTED_TOKEN: says(
    'this does not belong here',
    'compare it with the lines above: a quote, a bracket or a comma is missing or too many',
  ),
};

/** What to say of the faults of one document. The first decides: what comes after mostly follows from it. */
export function syntaxSentence(faults: readonly [Faulty, ...Faulty[]], source: SourceText): SyntaxSentence {
  const [first, second] = faults;
  const isDeeperLine = first.code === 'BLOCK_AS_IMPLICIT_KEY' && second?.code === 'MULTILINE_IMPLICIT_KEY';
  if (isDeeperLine) {
    return {
      message: 'this line is indented deeper than the field above it, which has a value already',
      hint: ALIGN,
      offset: source.firstWordOfLine(second.pos[1] - 1),
    };
  }
  return SENTENCES[first.code](first, source);
}

function badIndent({ message }: Faulty): SyntaxSentence {
  // The parser has one code for both.
  return message.startsWith('Flow')
    ? { message: 'a bracket or brace that was opened above is not closed before this line', hint: 'close it' }
    : { message: 'this line is indented neither as the lines above it nor as a part of one of them', hint: ALIGN };
}

function missingCharacter({ pos: [start] }: Faulty, source: SourceText): SyntaxSentence {
  if (start >= source.text.trimEnd().length) {
    return { message: 'the text ends inside quotes or brackets', hint: 'close every quote and bracket' };
  }
  const message = 'a character is missing here: a colon after the name of a field, a comma, a quote or a bracket';
  return { message, hint: 'compare it with the lines above' };
}

/** A line of words is taken as the beginning of the next line's field name. */
function lineWithoutColon({ pos: [start] }: Faulty, source: SourceText): SyntaxSentence {
  const end = source.text.indexOf('\n', start);
  const line = source.text.slice(start, end === -1 ? undefined : end);
  return line.includes(':')
    ? { message: 'the colon after a field name has no space after it', hint: 'write a space after the colon' }
    : {
        message: 'this line has no colon',
        hint: 'write the name of a field, a colon and its value; or a dash and a space before an item',
      };
}

function wordAt({ text }: SourceText, offset: number): string {
  return /^["']?([^"':\s]*)/.exec(text.slice(offset, offset + 100))?.[1] ?? '';
}
