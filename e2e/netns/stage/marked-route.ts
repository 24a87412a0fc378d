// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import type { ControlledMesh } from './controlled-mesh.ts';
import type { MeshObject } from './mesh-documents.ts';

/** A route of the Service by which its answers tell which configuration is in force. */
export function marked(version: string): MeshObject {
  const set = [{ name: 'configured', value: version }];
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set } }];
  return {
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'marked', namespace: 'shop' } },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: 'api' }],
      rules: [{ filters, backendRefs: [{ name: 'api', port: 80 }] }],
    },
  };
}

/** The version by which a call of the client goes; '' = it was not answered. */
export async function configured(mesh: ControlledMesh): Promise<string> {
  const head = await mesh.curl('client', `http://${mesh.addressOf('api')}/`, '--head');
  return /^configured: (.*?)\r?$/m.exec(head)?.[1] ?? '';
}

/** Waits until calls go by a version. */
export async function converges(mesh: ControlledMesh, version: string): Promise<void> {
  const isThere = async (): Promise<boolean> => (await configured(mesh)) === version;
  await waitFor(isThere, { what: `configuration ${version}`, timeoutMs: 30_000 });
}
