// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream';
import type { Terminal } from '../terminal/terminal.ts';

/** Conventional exit code of a process that SIGINT ended. */
const INTERRUPTED = 130;
/** A terminal that is closed takes its processes along: SIGHUP. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Takes over the signals that ask a process to end, until it is disposed. Made before anything serves: whoever sees a ready
 * gateway may ask it to end in the same moment, and that must never cut a connection.
 */
export class SignalWatch implements Disposable {
  /** Resolves with the first signal; a second one ends the process at once. */
  readonly asked: Promise<undefined>;
  private readonly onSignal: (signal: NodeJS.Signals) => void;
  private readonly input: Readable | undefined;

  /** Where there is an `input`, its end asks as a SIGTERM does: a parent that is killed cannot send one. */
  constructor({ err }: Terminal, input?: Readable) {
    const asked = Promise.withResolvers<undefined>();
    this.asked = asked.promise;
    let isStopping = false;
    this.onSignal = signal => {
      if (isStopping) process.exit(INTERRUPTED);
      isStopping = true;
      const again = signal === 'SIGINT' ? '; once more ends it at once' : '';
      err.write(`\n${err.paint.dim(`stopping: connections end after their answers${again}`)}\n`);
      asked.resolve(undefined);
    };
    for (const signal of STOP_SIGNALS) process.on(signal, this.onSignal);
    this.input = input;
    input?.once('close', () => {
      if (!isStopping) this.onSignal('SIGTERM');
    });
    input?.on('error', () => undefined).resume();
  }

  [Symbol.dispose](): void {
    for (const signal of STOP_SIGNALS) process.off(signal, this.onSignal);
    this.input?.destroy();
  }
}
