// SPDX-License-Identifier: Apache-2.0
import type { Example } from './parse-examples.ts';

/** ASCII's record separator: nothing that is printed here contains it. */
const SEPARATOR = '\u001e';

/** What `npx node` and `npx weir` stand for. */
export interface Programs {
  readonly node: string;
  /** The command line's entry. */
  readonly main: string;
}

/**
 * A bash script that runs the commands in one shell, as somebody does who follows a README, with `npx weir` and `npx node` as
 * this Node and the command line `main`. `outputsOf` takes apart what it prints.
 */
export function renderSession(examples: readonly Example[], { node, main }: Programs): string {
  const npx = `npx() { if [ "$1" = weir ]; then shift; set -- '${main}' "$@"; else shift; fi; '${node}' "$@"; }`;
  return [npx, ...examples.map(({ command }) => `${command}\n${END_OF_COMMAND}`)].join('\n');
}

/** A bash script that becomes one of the processes of a README. */
export function renderProcess(command: string, { node, main }: Programs): string {
  const start = command.replace(/^npx weir /v, () => `'${node}' '${main}' `).replace(/^npx node /v, () => `'${node}' `);
  return `exec ${start}`;
}

/** Keeps the exit code: the next command may be `echo $?`. */
const END_OF_COMMAND = String.raw`{ code=$?; printf '\036'; (exit $code); }`;

/** What each command printed, without blank space around it. */
export function outputsOf(printed: string): readonly string[] {
  return printed
    .split(SEPARATOR)
    .slice(0, -1)
    .map(text => text.replaceAll('\r\n', '\n').trim());
}
