// SPDX-License-Identifier: Apache-2.0
import { dirname, normalize } from 'node:path';

/** A path of the repository in backquotes; `NAME` and `{a,b}` stand for something, so paths with these are none. */
const QUOTED_PATH = /`(?<path>(?:apps|docs|e2e|examples|libs|tools)\/[a-z0-9./_-]*)`/g;
const LINK = /\]\((?!\w+:|#)(?<target>[^)#\s]+)[^)]*\)/g;

/** Every file and folder of the repository that a page names, relative to the repository. `page` is the page's own path. */
export function namedPaths(page: string, text: string): readonly string[] {
  const quoted = [...text.matchAll(QUOTED_PATH)].map(match => match.groups!['path']!);
  const linked = [...text.matchAll(LINK)].map(match => normalize(`${dirname(page)}/${match.groups!['target']!}`));
  return [...new Set([...quoted, ...linked])];
}
