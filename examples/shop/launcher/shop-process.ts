// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

export interface ProcessOptions {
  readonly name: string;
  /** Arguments of node. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Gets standard output; without it that is dropped. */
  readonly onOutput?: (text: string) => void;
  readonly onError: (text: string) => void;
  /** Called when it ends without having been told to. */
  readonly onDeath: (reason: string) => void;
}

/**
 * A child process of the launcher. It is the leader of a group of its own, so that a Ctrl-C in the terminal reaches the
 * launcher alone, which then ends each child once and in order.
 */
export class ShopProcess {
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private isStopping = false;

  constructor({ name, args, env, onOutput, onError, onDeath }: ProcessOptions) {
    this.name = name;
    // Services and gateway watch their standard input: it ends when the launcher does, however that came about.
    this.child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: env ?? process.env });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
    this.child.stderr?.setEncoding('utf8').on('data', onError);
    // A child that ends closes this pipe, which is no news.
    this.child.stdin?.on('error', () => undefined);
    this.exited = new Promise(resolve => {
      const end = (reason: string): void => {
        if (!this.isStopping) onDeath(reason);
        resolve();
      };
      this.child.once('error', error => end(error.message));
      this.child.once('close', (code, signal) => end(signal ?? `exit code ${code ?? 'unknown'}`));
    });
  }

  get isRunning(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks it to end, and waits until it has; ends it by force after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    if (!this.isRunning) return;
    this.child.kill('SIGTERM');
    const grace = new AbortController();
    const expiry = delay(graceMs, 'expired', { signal: grace.signal }).catch(() => 'ended');
    const outcome = await Promise.race([this.exited.then(() => 'ended'), expiry]);
    grace.abort();
    if (outcome === 'expired') this.kill();
    await this.exited;
  }

  kill(): void {
    this.isStopping = true;
    this.child.kill('SIGKILL');
  }
}

/** Asks `url` again and again until it answers 200; false when `process` ended or `timeoutMs` passed before. */
export function waitUntilAnswers(url: string, shopProcess: ShopProcess, timeoutMs: number): Promise<boolean> {
  return waitUntil(async () => {
    if (!shopProcess.isRunning) return undefined;
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok === true;
  }, timeoutMs);
}

/** As `waitUntilAnswers`, for whatever protocol: until something accepts connections on this port of loopback. */
export function waitUntilListens(port: number, shopProcess: ShopProcess, timeoutMs: number): Promise<boolean> {
  return waitUntil(() => (shopProcess.isRunning ? acceptsConnections(port) : undefined), timeoutMs);
}

async function acceptsConnections(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Whether `condition` becomes true within `timeoutMs`; undefined from it ends the wait. */
export async function waitUntil(
  condition: () => Promise<boolean | undefined> | boolean | undefined,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const isMet = await condition();
    if (isMet === true) return true;
    if (isMet === undefined || performance.now() >= deadline) return false;
    await delay(POLL_MS);
  }
}
