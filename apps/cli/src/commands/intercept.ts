// SPDX-License-Identifier: Apache-2.0
import { INTERCEPTION_DEFAULTS } from '@weir/proxy';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { collectCidrs, collectPorts, collectUserIds, parsePort, parseSidecarUserId } from '../flags/parse-interception.ts';
import { applyRuleset } from '../interception/apply-ruleset.ts';
import type { Cidr } from '../interception/cidr-set.ts';
import { formatRange, mergeRanges } from '../interception/number-ranges.ts';
import type { NumberRange } from '../interception/number-ranges.ts';
import { REMOVAL, renderRuleset } from '../interception/render-ruleset.ts';
import type { Interception } from '../interception/render-ruleset.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface InterceptFlags {
  readonly inboundPort: number;
  readonly outboundPort: number;
  readonly probePort: number;
  readonly metricsPort: number;
  readonly userId: number;
  readonly excludeInboundPorts?: readonly NumberRange[];
  readonly excludeOutboundPorts?: readonly NumberRange[];
  readonly excludeOutboundCidrs?: readonly Cidr[];
  readonly excludeUserIds?: readonly NumberRange[];
  readonly remove?: true;
  readonly print?: true;
}

const HELP = `
All TCP of both families is redirected, to the sidecar and from it, but for loopback, this host's own addresses and what is excluded. The
rules are a table of their own (inet weir) in the network namespace that the command runs in. They are set in one transaction; a second run
replaces what the first one set. Connections that are open already are left alone.

What is excluded goes round the sidecar: without mutual TLS, and without any policy.

Exit codes: 0 done, 1 the rules could not be set or taken away, and nothing was changed, 2 the command line is wrong.

Examples:
  weir intercept --exclude-inbound-ports 22 --exclude-outbound-cidrs 169.254.169.254
  weir intercept --print
  weir intercept --remove`;

/** What --remove has no use for. */
const RULE_FLAGS = [
  ...['inboundPort', 'outboundPort', 'probePort', 'metricsPort', 'userId'],
  ...['excludeInboundPorts', 'excludeOutboundPorts', 'excludeOutboundCidrs', 'excludeUserIds'],
];

/** `weir intercept`. */
export function addInterceptCommand(program: Command, terminal: Terminal): void {
  const { inboundPort, outboundPort, probePort, metricsPort, userId } = INTERCEPTION_DEFAULTS;
  program
    .command('intercept')
    .description('redirect the TCP connections of this network namespace to a sidecar (Linux, root)')
    .option('--inbound-port <port>', 'where the sidecar takes what comes in', parsePort, inboundPort)
    .option('--outbound-port <port>', 'where the sidecar takes what goes out', parsePort, outboundPort)
    .option('--probe-port <port>', 'where the sidecar answers probes', parsePort, probePort)
    .option('--metrics-port <port>', 'where the sidecar tells metrics and readiness', parsePort, metricsPort)
    .option('--user-id <id>', 'user that the sidecar runs as, and nothing else', parseSidecarUserId, userId)
    .option('--exclude-inbound-ports <ports>', 'ports reached without the sidecar: 22,8000-8100', collectPorts)
    .option('--exclude-outbound-ports <ports>', 'ports called without the sidecar', collectPorts)
    .option('--exclude-outbound-cidrs <cidrs>', 'addresses called without the sidecar: 10.0.0.0/8,2001:db8::/32', collectCidrs)
    .option('--exclude-user-ids <ids>', 'users whose programs call without the sidecar: 0,1000-1999', collectUserIds)
    .addOption(new Option('--remove', 'take the rules away').conflicts(RULE_FLAGS))
    .option('--print', 'print what nft would be told, and change nothing')
    .addHelpText('after', HELP)
    .action(async (flags: InterceptFlags) => {
      const interception = interceptionFrom(flags);
      const script = flags.remove ? REMOVAL : renderRuleset(interception);
      if (flags.print) {
        terminal.out.write(script);
        return;
      }
      await applyRuleset(script, terminal.environment['PATH']);
      terminal.err.write(flags.remove ? 'nothing is redirected any more\n' : summaryOf(interception));
    });
}

function interceptionFrom(flags: InterceptFlags): Interception {
  const { inboundPort, outboundPort, probePort, metricsPort, userId } = flags;
  const ports = {
    'inbound-port': inboundPort,
    'outbound-port': outboundPort,
    'probe-port': probePort,
    'metrics-port': metricsPort,
  };
  const names = Map.groupBy(Object.entries(ports), ([, port]) => port);
  for (const [port, users] of names) {
    if (users.length < 2) continue;
    const options = users.map(([name]) => `--${name}`).join(' and ');
    throw new CommandFailure(EXIT.usage, `${options} are both ${port}: give each a port of its own`);
  }
  return {
    ...{ inboundPort, outboundPort, probePort, metricsPort, userId },
    excludedInboundPorts: flags.excludeInboundPorts ?? [],
    excludedOutboundPorts: flags.excludeOutboundPorts ?? [],
    excludedOutboundCidrs: flags.excludeOutboundCidrs ?? [],
    excludedUserIds: flags.excludeUserIds ?? [],
  };
}

function summaryOf({ inboundPort, outboundPort, userId, excludedInboundPorts }: Interception): string {
  const summary = `TCP is redirected: what comes in to port ${inboundPort}, what goes out to port ${outboundPort} unless user ${userId} sends it\n`;
  if (excludedInboundPorts.length === 0) return summary;
  const ports = mergeRanges(excludedInboundPorts).map(formatRange).join(', ');
  return `${summary}no policy guards who connects to: ${ports}\n`;
}
