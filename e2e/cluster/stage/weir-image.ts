// SPDX-License-Identifier: Apache-2.0

/** The image under test: one that nodes can get, or the one that the suite builds. */
export const WEIR_IMAGE = { given: process.env['WEIR_E2E_IMAGE'], built: 'weir:e2e' };

/** Name of the image that the cluster runs. */
export const imageName = WEIR_IMAGE.given ?? WEIR_IMAGE.built;

/** Repository and tag, as the chart takes them. */
export function imageValues(): readonly string[] {
  const at = imageName.lastIndexOf(':');
  return ['--set', `image.repository=${imageName.slice(0, at)}`, '--set-string', `image.tag=${imageName.slice(at + 1)}`];
}
