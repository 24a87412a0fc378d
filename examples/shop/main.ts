// SPDX-License-Identifier: Apache-2.0
import { parseSettings } from './launcher/settings.ts';
import type { Settings } from './launcher/settings.ts';
import { Shop, ShopError } from './launcher/shop.ts';

/** 128 + the number of the signal, as shells count. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const shop = new Shop(readSettings(), print, what => void fail(`${what}; closing the shop`));
let isClosing = false;

// A terminal that closes takes standard output with it; ending in order matters more than having said so.
process.stdout.on('error', () => undefined);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => hearSignal(signal));

try {
  await shop.open();
} catch (error) {
  await fail(error instanceof ShopError ? error.message : String(error));
}

function readSettings(): Settings {
  try {
    return parseSettings(process.argv.slice(2), process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

function hearSignal(signal: keyof typeof EXIT_CODES): void {
  if (isClosing) {
    shop.kill();
    process.exit(EXIT_CODES[signal]);
  }
  print('\nclosing the shop … (Ctrl-C again to force)\n');
  void close(signal === 'SIGINT' ? 0 : EXIT_CODES[signal]);
}

async function fail(reason: string): Promise<void> {
  if (isClosing) return;
  process.stderr.write(`${reason}\n`);
  await close(1);
}

async function close(code: number): Promise<void> {
  isClosing = true;
  await shop.close();
  process.exit(code);
}

function print(text: string): void {
  process.stdout.write(text);
}
