// SPDX-License-Identifier: Apache-2.0
import { anyAddress } from '@weir/base';
import type { ClusterStartOptions } from '@weir/control-plane';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { parsePlace } from '../flags/parse-mesh-flags.ts';
import type { Place } from '../flags/parse-mesh-flags.ts';

/** What only a control plane in a cluster is told. */
export interface ClusterFlags {
  readonly cluster: boolean;
  readonly namespace?: string;
  readonly pod?: string;
  readonly image?: string;
  readonly health: Place;
  readonly webhook: Place;
}

const HEALTH_PORT = 15_021;
const WEBHOOK_PORT = 15_012;

export function addClusterOptions(command: Command): Command {
  const place = (flag: string, what: string, port: number): Option =>
    new Option(flag, `with --cluster: ${what}`).argParser(parsePlace).default({ address: anyAddress(), port }, `*:${port}`);
  return command
    .option('--cluster', 'documents are the objects of a Kubernetes cluster: the one of this Pod, or of KUBECONFIG', false)
    .addOption(new Option('--namespace <name>', 'with --cluster: namespace of the control plane').env('WEIR_NAMESPACE'))
    .addOption(new Option('--pod <name>', 'with --cluster: name of this replica').env('WEIR_POD'))
    .addOption(new Option('--image <name>', 'with --cluster: image of the Pods that are made for Gateways').env('WEIR_IMAGE'))
    .addOption(place('--health <address>', 'where /livez, /readyz and /metrics are', HEALTH_PORT))
    .addOption(place('--webhook <address>', 'where the API server asks about objects', WEBHOOK_PORT));
}

/** Throws CommandFailure where one is missing. */
export function clusterOptionsFrom(
  flags: ClusterFlags,
): Pick<ClusterStartOptions, 'health' | 'image' | 'namespace' | 'replica' | 'webhook'> {
  const { health, webhook, namespace, pod, image } = flags;
  return {
    ...{ health, webhook },
    namespace: needed(namespace, '--namespace'),
    replica: needed(pod, '--pod'),
    image: needed(image, '--image'),
  };
}

function needed(value: string | undefined, flag: string): string {
  if (value !== undefined && value !== '') return value;
  throw new CommandFailure(EXIT.usage, `${flag} is missing, which --cluster needs`);
}
