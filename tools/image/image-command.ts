// SPDX-License-Identifier: Apache-2.0

/** What builds images, in the order in which it is looked for. */
export const BUILDERS = ['docker', 'buildah'] as const;

export type Builder = (typeof BUILDERS)[number];

export interface ImagePlan {
  readonly builder: Builder;
  /** As the image is called afterwards, such as `weir:0.1.0`. */
  readonly name: string;
  /** Where the bundle is; undefined = it is made within the build, from the lockfile. */
  readonly bundle: string | undefined;
  /** The time that all its files bear, so that two builds are the same: seconds since 1970. */
  readonly epochSeconds: number;
}

/** The command that builds the image of Weir, for the root of the repository. */
export function imageCommand({ builder, name, bundle, epochSeconds }: ImagePlan): readonly [string, ...string[]] {
  // In place of the stage of that name.
  const context = bundle === undefined ? [] : ['--build-context', `bundle=${bundle}`];
  const time =
    builder === 'buildah' ? ['--timestamp', String(epochSeconds)] : ['--build-arg', `SOURCE_DATE_EPOCH=${epochSeconds}`];
  return [builder, 'build', ...context, ...time, '--file', 'tools/image/Dockerfile', '--tag', name, '.'];
}
