// SPDX-License-Identifier: Apache-2.0
import { allContainers } from './pod.ts';
import type { Hook, Pod } from './pod.ts';

/**
 * Hooks over the network come from the node as probes do, once and to a port that is redirected: in strict mode the sidecar refuses them as
 * it does anybody without a certificate.
 */
export function lifecycleWarnings(pod: Pod): readonly string[] {
  return allContainers(pod).flatMap(({ name, lifecycle }) =>
    Object.entries({ postStart: lifecycle?.postStart, preStop: lifecycle?.preStop })
      .filter(([, hook]) => isNetworkHook(hook))
      .map(([hook]) => `container ${name}: ${hook} is called without a certificate, which strict mode refuses: write it as exec`),
  );
}

function isNetworkHook(hook: Hook | undefined): boolean {
  return hook?.httpGet !== undefined || hook?.tcpSocket !== undefined;
}
