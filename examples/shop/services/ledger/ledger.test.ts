// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { CommandReader } from './command-reader.ts';
import { createLedger, isQuit, runCommand } from './commands.ts';

describe('CommandReader', () => {
  it.each([
    { text: '*2\r\n$4\r\nINCR\r\n$6\r\norders\r\n', commands: [['INCR', 'orders']], as: 'an array' },
    { text: 'GET  orders\r\n', commands: [['GET', 'orders']], as: 'a line of words' },
    { text: '\r\nPING\n*1\r\n$4\r\nPING\r\n', commands: [['PING'], ['PING']], as: 'several at once' },
    { text: '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4\r\n\r\n\xffb\r\n', commands: [['SET', 'a', '\r\n\xffb']], as: 'any bytes' },
  ])('reads $as, also when it comes byte by byte', ({ text, commands }) => {
    const slow = new CommandReader();

    expect(new CommandReader().read(text)).toEqual(commands);
    expect(Array.from(text).flatMap(byte => slow.read(byte))).toEqual(commands);
  });

  it.each(['*17\r\n', '*-1\r\n', '*1\r\n:1\r\n', '*1\r\n$70000\r\n', 'x'.repeat(70_000)])('refuses %j', text => {
    expect(() => new CommandReader().read(text)).toThrow(/Protocol error|a command may have/v);
  });
});

describe('the ledger', () => {
  it('counts, and keeps what is set', () => {
    const ledger = createLedger([['orders', '1000']]);

    expect(runCommand(ledger, ['INCR', 'orders'])).toBe(':1001\r\n');
    expect(runCommand(ledger, ['incr', 'boats'])).toBe(':1\r\n');
    expect(runCommand(ledger, ['SET', 'river', 'Ems'])).toBe('+OK\r\n');
    expect(runCommand(ledger, ['GET', 'river'])).toBe('$3\r\nEms\r\n');
    expect(runCommand(ledger, ['GET', 'sea'])).toBe('$-1\r\n');
    expect(runCommand(ledger, ['PING'])).toBe('+PONG\r\n');
  });

  it('says what it does not take', () => {
    const ledger = createLedger([['river', 'Ems']]);

    expect(runCommand(ledger, ['INCR', 'river'])).toBe('-ERR value is not an integer or out of range\r\n');
    expect(runCommand(ledger, ['GET'])).toBe("-ERR wrong number of arguments for 'get' command\r\n");
    expect(runCommand(ledger, ['constructor'])).toMatch(/^-ERR unknown command; there are PING/v);
    expect(isQuit(['quit'])).toBe(true);
  });

  it('takes no new key when it is full, and goes on counting', () => {
    const ledger = createLedger(Array.from({ length: 10_000 }, (_, index) => [`key-${index}`, '1']));

    expect(runCommand(ledger, ['SET', 'one-more', '1'])).toMatch(/^-OOM/v);
    expect(runCommand(ledger, ['INCR', 'key-1'])).toBe(':2\r\n');
  });
});
