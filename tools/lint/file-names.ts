// SPDX-License-Identifier: Apache-2.0
import type { Rule } from 'eslint';
import { basename, dirname, relative, sep } from 'node:path';

const FORBIDDEN_FOLDERS = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types', 'shared', 'misc']);
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/;

/** Folders are named for a part of a request or of a configuration's life, files in kebab-case for their main export. */
export const fileNames: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      folder:
        "folder '{{name}}' says what kind of code it holds; name it for the part of a request or of a configuration's life that it serves",
      file: "file name '{{name}}' is not kebab-case; name the file after its main export, such as header-list.ts for HeaderList",
    },
  },
  create(context) {
    return {
      Program(node) {
        const path = relative(context.cwd, context.filename);
        const folder = dirname(path)
          .split(sep)
          .find(name => FORBIDDEN_FOLDERS.has(name));
        if (folder !== undefined) context.report({ node, messageId: 'folder', data: { name: folder } });
        if (!KEBAB_CASE.test(basename(path))) context.report({ node, messageId: 'file', data: { name: basename(path) } });
      },
    };
  },
};
