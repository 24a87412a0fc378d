// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { ControlPlaneEvent } from '@weir/control-plane';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { createPaint } from '../terminal/paint.ts';
import type { ControlPlaneLog, LogOptions } from './control-plane-log.ts';
import { levelOf, levelOfProblem } from './log-level.ts';
import { placeText, renderControlPlaneEvent } from './render-control-plane.ts';

const PLAIN = createPaint(false);

export interface JsonLogOptions extends LogOptions {
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** One object a line (JSON Lines): `level`, `time` (RFC 3339), `event`, what is known of it, and `msg` with the words for people. */
export function createJsonLog({ level, out, nowMs }: JsonLogOptions): ControlPlaneLog {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
    },
    { write: line => out.write(line) },
  );
  return {
    started: ({ listen, apiUrl, tokenPlace, controlPlane, startProblems }, { documents, durationMs }) => {
      const facts = { listen: placeText(listen), api: apiUrl, token: tokenPlace, documents };
      const more = { trust_domain: controlPlane.trustDomain, duration_ms: Math.round(durationMs) };
      logger.info({ event: 'started', ...facts, ...more }, 'proxies connect here');
      logProblems(logger, startProblems);
    },
    event: event => {
      if (event.kind === 'problems') logProblems(logger, event.problems);
      else logger[levelOf(event)](fieldsOf(event), wordsOf(event));
    },
    unstarted: problems => logProblems(logger, problems),
    stopped: () => logger.info({ event: 'stopped' }, 'stopped'),
  };
}

function logProblems(logger: Logger, problems: readonly Problem[]): void {
  for (const problem of problems) {
    const { code, file, line, column, object, path, hint, message } = problem;
    logger[levelOfProblem(problem)]({ event: 'problem', code, file, line, column, object, path, hint }, message);
  }
}

type SimpleEvent = Exclude<ControlPlaneEvent, { kind: 'problems' }>;

/** In the case of the access log's fields. */
function fieldsOf(event: SimpleEvent): Readonly<Record<string, unknown>> {
  const { kind, ...rest } = event;
  const fields = Object.entries<unknown>(rest).map(([name, value]) => [snakeCase(name), value] as const);
  return { event: kind.replaceAll('-', '_'), ...Object.fromEntries(fields) };
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

/** As on a terminal, without what only leads the eye there. */
function wordsOf(event: SimpleEvent): string {
  return renderControlPlaneEvent(event, PLAIN).trimEnd().replace(/^● /, '');
}
