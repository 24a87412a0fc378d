// SPDX-License-Identifier: Apache-2.0

/** `check.auth:9000` of `auth/check:9000`, as the name that a Service has inside of a cluster. */
export function authorityOfLabel(label: string): string {
  const [namespace = '', rest = ''] = label.split('/');
  const [service = '', port = ''] = rest.split(':');
  return `${service}.${namespace}:${port}`;
}
