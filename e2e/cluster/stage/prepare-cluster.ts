// SPDX-License-Identifier: Apache-2.0
import { kubectl, runProgram } from './run-program.ts';
import { removeNamespaces } from './test-namespace.ts';
import { WEIR_IMAGE } from './weir-image.ts';
import { findReleases, removeWeir } from './weir-release.ts';

/** A command that brings a built image into the cluster, such as `kind load docker-image`: the image's name is added to it. */
const LOAD_COMMAND = process.env['WEIR_E2E_IMAGE_LOAD'];

/** Tests run against a release of the image under test that is there, and leave it: for who writes one. */
const KEEPS_RELEASE = process.env['WEIR_E2E_RELEASE'] === 'keep';

/** Once for the whole suite, before its first test. */
export async function setup(): Promise<void> {
  if (KEEPS_RELEASE) return;
  // What the suite would replace and remove is somebody's.
  const [release] = await findReleases();
  if (release !== undefined) {
    throw new Error(
      `the cluster has Weir already, as release ${release.name} in ${release.namespace}\n` +
        `    where it may go: helm uninstall ${release.name} -n ${release.namespace}`,
    );
  }
  await kubectl(['get', 'crd', 'gatewayclasses.gateway.networking.k8s.io']).catch((cause: unknown) => {
    throw new Error('the Gateway API is not installed in the cluster; docs/install.md says how', { cause });
  });
  if (WEIR_IMAGE.given === undefined) await bringImage(WEIR_IMAGE.built);
}

/** Once, after the last test, whatever became of them. */
export async function teardown(): Promise<void> {
  if (KEEPS_RELEASE) return;
  // Gateways first: who made their pods also removes them.
  await removeNamespaces();
  await removeWeir();
}

async function bringImage(name: string): Promise<void> {
  if (LOAD_COMMAND === undefined) {
    throw new Error(
      'the cluster needs an image: name one that its nodes can get by WEIR_E2E_IMAGE,\n' +
        '    or say by WEIR_E2E_IMAGE_LOAD how one that is built here gets there, such as "kind load docker-image"',
    );
  }
  await runProgram([process.execPath, 'tools/image/main.ts', '--name', name]);
  await runProgram(['sh', '-c', `${LOAD_COMMAND} "$1"`, 'load', name]);
}
