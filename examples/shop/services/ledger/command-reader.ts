// SPDX-License-Identifier: Apache-2.0

const MAX_COMMAND_BYTES = 65_536;
const MAX_WORDS = 16;

interface Parsed {
  readonly words: readonly string[];
  /** How much of the text it took. */
  readonly length: number;
}

/**
 * Cuts what a client sends into commands: arrays of bulk strings, as libraries and redis-cli send them, and lines of words,
 * as people write them into `nc` (Redis serialization protocol, RESP2). Text is latin1, so a character is a byte.
 */
export class CommandReader {
  private pending = '';

  /** The commands that are complete by now; throws where the text is none, after which nothing of the rest makes sense. */
  read(text: string): readonly (readonly string[])[] {
    this.pending += text;
    const commands: (readonly string[])[] = [];
    for (let parsed = parseCommand(this.pending); parsed !== undefined; parsed = parseCommand(this.pending)) {
      this.pending = this.pending.slice(parsed.length);
      if (parsed.words.length > 0) commands.push(parsed.words);
    }
    if (this.pending.length > MAX_COMMAND_BYTES) throw new Error(`a command may have ${MAX_COMMAND_BYTES} bytes`);
    return commands;
  }
}

function parseCommand(text: string): Parsed | undefined {
  const end = text.indexOf('\n');
  if (end === -1) return undefined;
  if (text.startsWith('*')) return parseArray(text);
  const words = text.slice(0, end).split(/\s+/v).filter(Boolean);
  return { words, length: end + 1 };
}

function parseArray(text: string): Parsed | undefined {
  const header = parseCount(text, { at: 0, mark: '*', max: MAX_WORDS });
  if (header === undefined) return undefined;
  const words: string[] = [];
  let { length } = header;
  for (let i = 0; i < header.count; i++) {
    const bulk = parseCount(text, { at: length, mark: '$', max: MAX_COMMAND_BYTES });
    if (bulk === undefined || text.length < bulk.length + bulk.count + 2) return undefined;
    words.push(text.slice(bulk.length, bulk.length + bulk.count));
    length = bulk.length + bulk.count + 2;
  }
  return { words, length };
}

interface CountPlace {
  readonly at: number;
  readonly mark: string;
  readonly max: number;
}

/** A line such as `$6`; `length` is where the next one begins. */
function parseCount(text: string, { at, mark, max }: CountPlace): { count: number; length: number } | undefined {
  const end = text.indexOf('\r\n', at);
  if (end === -1) return undefined;
  const line = text.slice(at, end);
  const count = line.startsWith(mark) && /^.\d{1,6}$/v.test(line) ? Number(line.slice(1)) : Infinity;
  if (count > max) throw new Error(`Protocol error: expected "${mark}" and a number up to ${max}`);
  return { count, length: end + 2 };
}
