// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiResources } from '@weir/control-plane';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { parseWait } from '../flags/parse-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { addApiOptions } from './api-options.ts';
import type { ApiFlags } from './api-options.ts';
import { openApi } from './control-plane-api.ts';
import { parseObject } from './parse-object.ts';
import type { NamedObject } from './parse-object.ts';
import { detailsOf } from './render-status.ts';

interface Flags extends ApiFlags {
  readonly timeout: number;
}

type ObjectReport = ApiResources['object'];

const DEFAULT_TIMEOUT_MS = 30_000;
const LOOK_MS = 200;

const HELP = `
An object that no connected proxy needs is waited for, as is one that is not there yet; a proxy that refuses it ends nothing, as it may take
the next version. What is awaited at the end is printed.

Exit codes: 0 it is so, 1 it was not within the time, 2 the command line is wrong, 69 no control plane answers.

Example:
  weir wait HTTPRoute/shop/cart --for=programmed --timeout 1m`;

/** `weir wait OBJECT --for=programmed`. */
export function addWaitCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('wait')
    .description('wait until every proxy that needs an object has it')
    .argument('<object>', 'KIND/NAMESPACE/NAME')
    .addOption(new Option('--for <what>', 'what to wait for').choices(['programmed']).makeOptionMandatory())
    .addOption(new Option('--timeout <duration>', 'how long').argParser(parseWait).default(DEFAULT_TIMEOUT_MS, '30s'));
  addApiOptions(command, terminal)
    .addHelpText('after', HELP)
    .action(async (text: string, { timeout, ...place }: Flags) => {
      const named = parseObject(text);
      using api = await openApi(place, terminal);
      const deadlineMs = performance.now() + timeout;
      for (;;) {
        const report = await api.findObject(named);
        if (report?.programmed?.status === 'true') {
          terminal.err.write(`${named.text} is programmed on ${report.programmed.acked} of ${report.programmed.of} proxies\n`);
          return;
        }
        refuseOtherKinds(report, named);
        if (performance.now() >= deadlineMs) throw new CommandFailure(EXIT.refused, whyNot(report, named, terminal));
        await sleep(LOOK_MS);
      }
    });
}

function refuseOtherKinds(report: ObjectReport | undefined, { text }: NamedObject): void {
  if (report === undefined || report.programmed !== undefined) return;
  throw new CommandFailure(EXIT.usage, `${text} has no condition weir.dev/Programmed: routes and policies have`);
}

function whyNot(report: ObjectReport | undefined, { text }: NamedObject, { err }: Terminal): string {
  if (report?.programmed === undefined) return `there is no ${text} among the documents`;
  const { status, acked, of } = report.programmed;
  if (status === 'noSubscribers') return `${text}: no proxy that is connected needs it`;
  return [`${text}: ${acked} of ${of} proxies have it`, ...detailsOf(report, err.paint)].join('\n');
}
