// SPDX-License-Identifier: Apache-2.0

/** `name="value"` pairs in exposition format 0.0.4: backslash, quote and line feed are escaped. Never holds a line feed. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escapeLabelValue(values[i] ?? '')}"`).join(',');
}

function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
