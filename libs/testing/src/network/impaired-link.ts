// SPDX-License-Identifier: Apache-2.0
// `node impaired-link.ts TAP TAP DELAY_MS LOSS_RATIO`: makes two taps and carries frames between them, late or not at all. In order:
// a link does not reorder. Ends with its process, and the taps with it.
import { openSync, read, writeSync } from 'node:fs';
import koffi from 'koffi';
import { systemClock } from '@weir/base';
import { createSeededRandom } from '../scripted-random.ts';

/** linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const NAME_BYTES = 16;
const REQUEST_BYTES = 40;
/** Taps have no offloading: no frame is longer than an interface's MTU. */
const MAX_FRAME_BYTES = 2048;
/** Between two looks at a tap that is down. */
const DOWN_MS = 10;

const [one = '', other = '', delay = '', loss = ''] = process.argv.slice(2);
const delayMs = Number(delay);
const lossRatio = Number(loss);
// The same frames are lost in each run, as far as the same are sent.
const random = createSeededRandom(1);
const setInterface: (...values: readonly unknown[]) => number = koffi
  .load(null)
  .func('int ioctl(int fd, unsigned long request, ...)');

const taps = [openTap(one), openTap(other)] as const;
carry(taps[0], taps[1]);
carry(taps[1], taps[0]);
process.stderr.write('ready\n');

function openTap(name: string): number {
  const descriptor = openSync('/dev/net/tun', 'r+');
  const request = Buffer.alloc(REQUEST_BYTES);
  request.write(name, 0, NAME_BYTES - 1, 'latin1');
  request.writeUInt16LE(IFF_TAP | IFF_NO_PI, NAME_BYTES);
  if (setInterface(descriptor, TUNSETIFF, 'void *', request) !== 0) throw new Error(`tap ${name}: error ${koffi.errno()}`);
  return descriptor;
}

function carry(from: number, to: number): void {
  const buffer = Buffer.alloc(MAX_FRAME_BYTES);
  read(from, buffer, 0, buffer.length, null, (error, byteCount) => {
    if (error === null && random.next() >= lossRatio) pass(Buffer.from(buffer.subarray(0, byteCount)), to);
    // A tap cannot be read while it is down, which it is at the beginning.
    if (error === null) carry(from, to);
    else systemClock.after(DOWN_MS, () => carry(from, to));
  });
}

function pass(frame: Buffer, to: number): void {
  if (delayMs === 0) write(frame, to);
  else systemClock.after(delayMs, () => write(frame, to));
}

function write(frame: Buffer, to: number): void {
  try {
    writeSync(to, frame);
  } catch {
    // The other end is down: the frame is lost, as on any link.
  }
}
