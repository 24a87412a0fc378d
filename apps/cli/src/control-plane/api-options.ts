// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { stateOption } from './state-directory.ts';

/** Which control plane a command means. */
export interface ApiFlags {
  readonly state: string;
  readonly cluster: boolean;
  /** Of the control plane in a cluster. */
  readonly namespace: string;
}

const SYSTEM_NAMESPACE = 'weir-system';

export function namespaceOption(): Option {
  return new Option('--namespace <name>', 'with --cluster: namespace of the control plane').default(SYSTEM_NAMESPACE);
}

/** By its state directory, or in the cluster of the kubeconfig. */
export function addApiOptions(command: Command, terminal: Terminal): Command {
  return command
    .addOption(stateOption(terminal, 'state directory of the control plane'))
    .option('--cluster', 'the control plane is in the Kubernetes cluster that KUBECONFIG or ~/.kube/config leads to', false)
    .addOption(namespaceOption());
}
