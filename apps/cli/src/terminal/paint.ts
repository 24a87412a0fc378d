// SPDX-License-Identifier: Apache-2.0
import { styleText } from 'node:util';

/** Colours by meaning. Without colour each gives its text back. */
export interface Paint {
  strong(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warning(text: string): string;
  bad(text: string): string;
  link(text: string): string;
}

export function createPaint(isColour: boolean): Paint {
  const style =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      isColour ? styleText(format, text, { validateStream: false }) : text;
  return {
    strong: style('bold'),
    dim: style('dim'),
    good: style('green'),
    warning: style('yellow'),
    bad: style('red'),
    link: style('cyan'),
  };
}
