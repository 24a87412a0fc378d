// SPDX-License-Identifier: Apache-2.0
import type { Running, StopOptions } from '@weir/gateway';
import type { Terminal } from '../terminal/terminal.ts';

/** Conventional exit code of a process that SIGINT ended. */
const INTERRUPTED = 130;

/** Waits for SIGINT or SIGTERM and ends the gateway in peace; a second one ends the process at once. Resolves when it has stopped. */
export function stopOnSignals(running: Running, options: StopOptions, { err }: Terminal): Promise<void> {
  const stopped = Promise.withResolvers<undefined>();
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(INTERRUPTED);
    isStopping = true;
    const again = signal === 'SIGINT' ? '; once more ends it at once' : '';
    err.write(`\n${err.paint.dim(`stopping: connections end after their answers${again}`)}\n`);
    void running.stop(options).then(() => stopped.resolve(undefined), stopped.reject);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  // A terminal that is closed takes its processes along.
  process.on('SIGHUP', onSignal);
  return stopped.promise.then(() => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
    err.write(`${err.paint.dim('stopped')}\n`);
  });
}
