// SPDX-License-Identifier: Apache-2.0

/** What the ledger holds. */
export type Ledger = Map<string, string>;

interface Command {
  readonly minWords: number;
  readonly maxWords: number;
  run(ledger: Ledger, words: readonly string[]): string;
}

/** Whoever reaches the gateway may write here; the memory is not theirs to fill. */
const MAX_KEYS = 10_000;
const FULL = `-OOM the ledger holds ${MAX_KEYS} keys and takes no more\r\n`;

export const QUIT_REPLY = '+OK\r\n';

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['PING', { minWords: 0, maxWords: 1, run: (_ledger, [text]) => (text === undefined ? '+PONG\r\n' : bulk(text)) }],
  ['GET', { minWords: 1, maxWords: 1, run: (ledger, [key = '']) => bulk(ledger.get(key)) }],
  ['SET', { minWords: 2, maxWords: 2, run: (ledger, [key = '', value = '']) => put(ledger, key, value) ?? '+OK\r\n' }],
  ['INCR', { minWords: 1, maxWords: 1, run: (ledger, [key = '']) => increment(ledger, key) }],
]);

export function createLedger(entries: readonly (readonly [key: string, value: string])[]): Ledger {
  return new Map(entries);
}

/** Quitting is about the connection, which its owner ends. */
export function isQuit([name]: readonly string[]): boolean {
  return name?.toUpperCase() === 'QUIT';
}

/** Runs one command, and gives its reply as it is sent. */
export function runCommand(ledger: Ledger, [name = '', ...words]: readonly string[]): string {
  const command = COMMANDS.get(name.toUpperCase());
  if (command === undefined) return `-ERR unknown command; there are ${[...COMMANDS.keys()].join(', ')} and QUIT\r\n`;
  if (words.length < command.minWords || words.length > command.maxWords) {
    return `-ERR wrong number of arguments for '${name.toLowerCase()}' command\r\n`;
  }
  return command.run(ledger, words);
}

function increment(ledger: Ledger, key: string): string {
  const before = ledger.get(key) ?? '0';
  const value = Number(before) + 1;
  if (!/^-?\d+$/v.test(before) || !Number.isSafeInteger(value)) return '-ERR value is not an integer or out of range\r\n';
  return put(ledger, key, String(value)) ?? `:${value}\r\n`;
}

/** Undefined when it is written, else the reason why not. */
function put(ledger: Ledger, key: string, value: string): string | undefined {
  if (ledger.size >= MAX_KEYS && !ledger.has(key)) return FULL;
  ledger.set(key, value);
  return undefined;
}

function bulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`;
}
