// SPDX-License-Identifier: Apache-2.0

/** The image under test: one that nodes can get, or the one that the suite builds. */
export const WEIR_IMAGE = { given: process.env['WEIR_E2E_IMAGE'], built: 'weir:e2e' };

/** Name of the image that the cluster runs. */
export const imageName = WEIR_IMAGE.given ?? WEIR_IMAGE.built;

/** Repository and tag of the image under test, or of another one, as the chart takes them. */
export function imageValues(name = imageName): readonly string[] {
  const at = name.lastIndexOf(':');
  return ['--set', `image.repository=${name.slice(0, at)}`, '--set-string', `image.tag=${name.slice(at + 1)}`];
}
