// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { imageCommand } from './image-command.ts';

const plan = { name: 'weir:1', epochSeconds: 7 };

it('puts a bundle that is there in the place of the stage that would make it', () => {
  expect(imageCommand({ ...plan, builder: 'buildah', bundle: 'dist/weir' }).join(' ')).toBe(
    'buildah build --build-context bundle=dist/weir --timestamp 7 --file tools/image/Dockerfile --tag weir:1 .',
  );
});

it('makes the bundle within the build where there is none', () => {
  expect(imageCommand({ ...plan, builder: 'docker', bundle: undefined }).join(' ')).toBe(
    'docker build --build-arg SOURCE_DATE_EPOCH=7 --file tools/image/Dockerfile --tag weir:1 .',
  );
});
