// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import type { ApiRole } from '../cluster/api-token.ts';
import { ApiClient } from '../control-plane/api-client.ts';
import { addApiOptions } from '../control-plane/api-options.ts';
import type { ApiFlags } from '../control-plane/api-options.ts';
import { ControlPlaneApi, openApi } from '../control-plane/control-plane-api.ts';
import { defaultStateDirectory } from '../control-plane/state-directory.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askedWords, chooseUp } from './choose-up.ts';
import { accessOfUp, findUps } from './find-up.ts';

/** Who drives the Rollouts that a command means. */
export interface RolloutPlace extends ApiFlags {
  /** Admin socket of a `weir up`. */
  readonly up?: string;
}

export interface RolloutQuestion {
  readonly role?: ApiRole;
  /** `namespace/name`; absent = all. */
  readonly rollout?: string;
  /** Nobody is told who is asked. */
  readonly isQuiet?: boolean;
}

export function addRolloutPlace(command: Command, terminal: Terminal): Command {
  return addApiOptions(command, terminal).option(
    '--up <socket>',
    'a running weir up, by the admin socket that it prints (default: the one that runs here, where no control plane does)',
  );
}

/**
 * The control plane that the flags mean; where they mean none in particular and none answers, the `weir up` of this user that runs. Throws
 * CommandFailure, which says what to do.
 */
export async function openRolloutApi(
  { up, ...flags }: RolloutPlace,
  terminal: Terminal,
  question: RolloutQuestion = {},
): Promise<ControlPlaneApi> {
  if (up !== undefined) return apiOfUp(up);
  const wanted = { ...flags, ...(question.role && { role: question.role }) };
  if (isChosen(flags, terminal)) return openApi(wanted, terminal);
  try {
    return await openAnswering(wanted, terminal);
  } catch (cause) {
    if (!(cause instanceof CommandFailure) || cause.exitCode !== EXIT.unavailable) throw cause;
    return openUp(terminal, question, cause);
  }
}

function isChosen({ cluster, state }: ApiFlags, terminal: Terminal): boolean {
  return cluster || state !== defaultStateDirectory(terminal) || (terminal.environment['WEIR_API'] ?? '') !== '';
}

/** A control plane that was killed leaves word of where it was. */
async function openAnswering(flags: ApiFlags & { readonly role?: ApiRole }, terminal: Terminal): Promise<ControlPlaneApi> {
  using opening = new DisposableStack();
  const api = opening.use(await openApi(flags, terminal));
  await api.summary();
  opening.move();
  return api;
}

async function openUp(
  terminal: Terminal,
  { rollout, isQuiet = false }: RolloutQuestion,
  cause: CommandFailure,
): Promise<ControlPlaneApi> {
  const found = chooseUp(await findUps(terminal), rollout);
  if (found === undefined) {
    const words = `${cause.message}\n    no weir up of this user runs either: weir up DIRECTORY drives the Rollouts of its documents`;
    throw new CommandFailure(EXIT.unavailable, words, { cause });
  }
  const { err } = terminal;
  if (!isQuiet) err.write(`${err.paint.dim(askedWords(found))}\n`);
  return apiOfUp(found.socketPath);
}

function apiOfUp(socketPath: string): ControlPlaneApi {
  using opening = new DisposableStack();
  const client = opening.use(new ApiClient(accessOfUp(socketPath)));
  return new ControlPlaneApi([client], opening.move());
}
