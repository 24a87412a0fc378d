// SPDX-License-Identifier: Apache-2.0

/** What of a URL a log may have: paths and queries of hooks are often all that it takes to use them. */
export function serverOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'what is no URL';
}
