// SPDX-License-Identifier: Apache-2.0

/** A command of a README, and what it prints. */
export interface Example {
  readonly command: string;
  /** Lines as they stand in the README, `...` included; see `matchesOutput`. */
  readonly output: string;
}

/** What a README lets its readers try. */
export interface Examples {
  /** Of its `console` blocks, in their order: lines behind `$ ` are commands, those below are what they print. */
  readonly examples: readonly Example[];
  /** Of its `sh` blocks, a command a line: what has to run besides the gateway and what all examples need. */
  readonly processes: readonly string[];
  /** Of its `log` blocks: lines that the gateway prints meanwhile. */
  readonly logLines: readonly string[];
}

/** Reads the fenced blocks `console`, `sh` and `log` of a README. Throws where a console block does not begin with a command. */
export function parseExamples(markdown: string): Examples {
  return {
    examples: blocksOf(markdown, 'console').flatMap(block => parseConsole(block)),
    processes: blocksOf(markdown, 'sh').flatMap(block => block.trimEnd().split('\n')),
    logLines: blocksOf(markdown, 'log').flatMap(block => block.trimEnd().split('\n')),
  };
}

function blocksOf(markdown: string, language: 'console' | 'log' | 'sh'): readonly string[] {
  const blocks = [...markdown.matchAll(/^```(?<language>console|log|sh)\n(?<text>.*?)^```$/gmsv)].map(
    ({ groups = {} }) => groups,
  );
  return blocks.filter(block => block['language'] === language).map(({ text = '' }) => text);
}

function parseConsole(block: string): readonly Example[] {
  if (!block.startsWith('$ ')) {
    throw new Error(`a console block must begin with "$ " and a command, and this does not:\n${block}`);
  }
  return block
    .split(/^\$ /mv)
    .slice(1)
    .map(part => parseExample(part));
}

/** A command goes on in the next line where its line ends with a backslash. */
function parseExample(text: string): Example {
  const [command = ''] = /^(?:.*\\\n)*.*/v.exec(text) ?? [];
  return { command, output: text.slice(command.length).trim() };
}
