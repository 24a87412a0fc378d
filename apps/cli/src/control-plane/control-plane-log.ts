// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { ControlPlaneEvent, RunningControlPlane } from '@weir/control-plane';
import type { Output } from '../terminal/terminal.ts';
import { countProblems, renderProblems } from '../terminal/render-problem.ts';
import { isLogged } from './log-level.ts';
import type { LogLevel } from './log-level.ts';
import { renderControlPlane, renderControlPlaneEvent } from './render-control-plane.ts';
import type { ControlPlaneStart } from './render-control-plane.ts';

/** What a control plane tells while it runs. */
export interface ControlPlaneLog {
  started(running: RunningControlPlane, start: ControlPlaneStart): void;
  event(event: ControlPlaneEvent): void;
  /** Problems that it does not start with. */
  unstarted(problems: readonly Problem[]): void;
  stopped(): void;
}

export interface LogOptions {
  /** What is less important is left out. */
  readonly level: LogLevel;
  readonly out: Output;
}

/** Lines for people. What it is and where is told at any level. */
export function createHumanLog({ level, out }: LogOptions): ControlPlaneLog {
  const { paint } = out;
  return {
    started: (running, start) => out.write(renderControlPlane(running, start, paint)),
    event: event => {
      if (isLogged(event, level)) out.write(renderControlPlaneEvent(event, paint));
    },
    unstarted: problems => out.write(renderProblems(problems, paint)),
    stopped: () => out.write(`${paint.dim('stopped')}\n`),
  };
}

/** Why it does not start, in a few words; the problems themselves are in the log. */
export function unstartedReason(message: string, problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  return `${message} (${countProblems(errors)}); --allow-partial starts without them`;
}
