// SPDX-License-Identifier: Apache-2.0
import { autoscaler, hasReplicas } from '../../stage/autoscaler.ts';
import { revisionDeployment } from './revision-workload.ts';
import { RolloutScene } from './rollout-scene.ts';

/** A Deployment with sidecars that an autoscaler has, from two Pods on. */
export interface ScaledScene extends AsyncDisposable {
  readonly scene: RolloutScene;
  /** As `hasReplicas` takes it. */
  readonly catalogue: { readonly namespace: RolloutScene['namespace']; readonly name: string };
  /** Changes its template; how many Pods there are is the autoscaler's to say. */
  readonly offer: (revision: string) => Promise<void>;
}

/** Resolves when revision `v1` has two Pods. */
export async function openScaledScene(name: string, maxReplicas: number): Promise<ScaledScene> {
  await using closing = new AsyncDisposableStack();
  const scene = closing.use(await RolloutScene.open(name));
  const { namespace } = scene;
  const catalogue = { namespace, name: 'catalogue' };
  const offer = (revision: string): Promise<void> =>
    namespace.apply(revisionDeployment({ name: catalogue.name, isScaled: true, env: { REVISION: revision } }));
  await offer('v1');
  await namespace.apply(autoscaler(catalogue.name, maxReplicas));
  await hasReplicas(catalogue, 2);
  const opened = closing.move();
  return { scene, catalogue, offer, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
