// SPDX-License-Identifier: Apache-2.0

/** A service account's token for Weir alone: it is good for nothing at the API server. The kubelet renews it. */
export const TOKEN = {
  file: '/var/run/secrets/weir/token',
  mount: { name: 'weir-token', mountPath: '/var/run/secrets/weir', readOnly: true },
  volume: {
    name: 'weir-token',
    projected: { sources: [{ serviceAccountToken: { audience: 'weir', expirationSeconds: 3_600, path: 'token' } }] },
  },
} as const;

/**
 * Whom the sidecar believes to be the control plane. Until the ConfigMap is in the namespace, the pod waits for it. Not below /run/weir, which
 * the image keeps to the user of gateways.
 */
export const ROOTS = {
  file: '/etc/weir/roots/roots.pem',
  mount: { name: 'weir-roots', mountPath: '/etc/weir/roots', readOnly: true },
  volume: { name: 'weir-roots', configMap: { name: 'weir-roots' } },
} as const;

/** Certificate, key and configuration outlive a restart of the sidecar, and never the pod: they are in memory alone. */
export const STATE = {
  directory: '/var/lib/weir/state',
  mount: { name: 'weir-state', mountPath: '/var/lib/weir' },
  volume: { name: 'weir-state', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
} as const;

export const VOLUMES = [TOKEN.volume, ROOTS.volume, STATE.volume] as const;
