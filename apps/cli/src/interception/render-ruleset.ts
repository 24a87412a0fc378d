// SPDX-License-Identifier: Apache-2.0
import { formatCidr, isIpv6, mergeCidrs } from './cidr-set.ts';
import type { Cidr } from './cidr-set.ts';
import { formatRange, mergeRanges } from './number-ranges.ts';
import type { NumberRange } from './number-ranges.ts';

/** What is redirected in a network namespace, and what is not. */
export interface Interception {
  readonly inboundPort: number;
  readonly outboundPort: number;
  readonly probePort: number;
  readonly metricsPort: number;
  /** The sidecar's. */
  readonly userId: number;
  readonly excludedInboundPorts: readonly NumberRange[];
  readonly excludedOutboundPorts: readonly NumberRange[];
  readonly excludedOutboundCidrs: readonly Cidr[];
  readonly excludedUserIds: readonly NumberRange[];
}

/** Takes the table away, also where there is none: `delete` alone would fail there, and `destroy` needs a kernel from 2023. */
export const REMOVAL = `table inet weir
delete table inet weir
`;

/** Only the packet that begins a connection: one that is already open when the rules come goes on as it is. */
const BEGINNING = 'tcp flags & (fin | syn | rst | ack) == syn';
/** That of `dstnat`, which nft does not know by this name in the output hook. */
const PRIORITY = -100;

/**
 * The script for `nft -f`. It is one transaction, so that no connection slips through while rules are replaced; the same input
 * gives the same text, in whatever order it was written.
 */
export function renderRuleset(interception: Interception): string {
  return `${REMOVAL}table inet weir {
${[inboundChain(), receiveChain(interception), outboundChain(interception), sidecarChain()].join('\n')}}
`;
}

function inboundChain(): string {
  return chain('inbound', `type nat hook prerouting priority ${PRIORITY}; policy accept;`, [
    ['what this host sends itself was decided upon in the chain outbound', 'iifname "lo" return'],
    ['what only passes through, to containers for example, is not ours', 'fib daddr type != local return'],
    ['', 'jump receive'],
  ]);
}

/** Of connections to applications on this host. */
function receiveChain(interception: Interception): string {
  const { inboundPort, outboundPort, probePort, metricsPort, excludedInboundPorts } = interception;
  const own = [inboundPort, outboundPort, probePort, metricsPort].map(port => ({ first: port, last: port }));
  return chain('receive', '', [
    ["the sidecar's own ports: it answers there itself, or refuses", `tcp dport ${setOf(own)} return`],
    ...(excludedInboundPorts.length === 0 ? [] : [['excluded', `tcp dport ${setOf(excludedInboundPorts)} return`] as const]),
    ['', `${BEGINNING} redirect to :${inboundPort}`],
  ]);
}

function outboundChain(interception: Interception): string {
  const { outboundPort, userId, excludedUserIds, excludedOutboundPorts, excludedOutboundCidrs } = interception;
  return chain('outbound', `type nat hook output priority ${PRIORITY}; policy accept;`, [
    ['what the sidecar sends is on its way out', `meta skuid ${userId} goto sidecar`],
    ...(excludedUserIds.length === 0 ? [] : [['excluded', `meta skuid ${setOf(excludedUserIds)} return`] as const]),
    ["loopback, and this host's own addresses: applications here trust each other as it is", 'oifname "lo" return'],
    ...(excludedOutboundPorts.length === 0 ? [] : [['excluded', `tcp dport ${setOf(excludedOutboundPorts)} return`] as const]),
    ...excludedAddresses(excludedOutboundCidrs),
    ['', `${BEGINNING} redirect to :${outboundPort}`],
  ]);
}

/**
 * The sidecar that picks its own host as endpoint of a call has to come in by its front door, where access is checked; the
 * sidecar that hands a call to the application has not. Both go to the same address and port, so the former binds to loopback.
 */
function sidecarChain(): string {
  return chain('sidecar', '', [
    ['to itself, as endpoint of a call', 'oifname "lo" ip saddr 127.0.0.0/8 ip daddr != 127.0.0.0/8 jump receive'],
    ['', 'oifname "lo" ip6 saddr ::1 ip6 daddr != ::1 jump receive'],
  ]);
}

function excludedAddresses(cidrs: readonly Cidr[]): readonly Rule[] {
  const { ipv4 = [], ipv6 = [] } = Object.groupBy(mergeCidrs(cidrs), cidr => (isIpv6(cidr) ? 'ipv6' : 'ipv4'));
  return [
    ...(ipv4.length === 0 ? [] : [['excluded', `ip daddr { ${ipv4.map(formatCidr).join(', ')} } return`] as const]),
    ...(ipv6.length === 0 ? [] : [['excluded', `ip6 daddr { ${ipv6.map(formatCidr).join(', ')} } return`] as const]),
  ];
}

/** A reason, '' = none, and what nft is told. */
type Rule = readonly [reason: string, rule: string];

function chain(name: string, hook: string, rules: readonly Rule[]): string {
  const head = hook === '' ? '' : `    ${hook}\n`;
  const lines = rules.map(([reason, rule]) => `${reason === '' ? '' : `    # ${reason}\n`}    ${rule}\n`);
  return `  chain ${name} {\n${head}${lines.join('')}  }\n`;
}

function setOf(ranges: readonly NumberRange[]): string {
  return `{ ${mergeRanges(ranges).map(formatRange).join(', ')} }`;
}
