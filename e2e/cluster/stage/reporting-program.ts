// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { waitFor } from '@weir/testing';
import type { TestNamespace } from './test-namespace.ts';

export interface ProgramPlace {
  readonly namespace: TestNamespace;
  /** Its name, or `deployment/NAME` for one of a Deployment. */
  readonly pod: string;
}

/** A program in a pod whose lines of output say how it stands, as JSON, for as long as the connection to it lasts. */
export class ReportingProgram<Report> implements AsyncDisposable {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly closed: Promise<unknown>;
  private latest: Report | undefined;
  private errors = '';

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.child = child;
    this.closed = once(child, 'close');
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    createInterface({ input: child.stdout }).on('line', line => (this.latest = JSON.parse(line) as Report));
  }

  /** Runs a file of `programs` beside what else the pod runs. Resolves when it has said something. */
  static async start<Report>(
    { namespace, pod }: ProgramPlace,
    file: string,
    argument: object,
  ): Promise<ReportingProgram<Report>> {
    const place = ['--namespace', namespace.name, 'exec', '--stdin', pod, '--container', 'app'];
    const words = [...place, '--', 'node', `/programs/${file}`, JSON.stringify(argument)];
    const program = new ReportingProgram<Report>(spawn('kubectl', words, { stdio: ['pipe', 'pipe', 'pipe'] }));
    await program.until(() => true, `the first words of ${file}`);
    return program;
  }

  /** How it stands. */
  get report(): Report {
    if (this.latest === undefined) throw new Error(`the program has not said anything yet\n${this.errors}`);
    return this.latest;
  }

  /** Waits until it says what is wanted. */
  async until(isWanted: (report: Report) => boolean, what: string, timeoutMs = 30_000): Promise<void> {
    const told = (): string => `${what}; the last: ${JSON.stringify(this.latest)}\n${this.errors}`;
    await waitFor(() => isWanted(this.report), { what: told, timeoutMs });
  }

  /** Lets it end. */
  async stop(): Promise<Report> {
    await this[Symbol.asyncDispose]();
    return this.report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.stdin.end();
    await this.closed;
  }
}
