// SPDX-License-Identifier: Apache-2.0

const GAP = 2;

/** Columns as wide as their longest cell, with a header above. One line a row, without line feeds. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)));
  return [header, ...rows].map(cells =>
    cells
      .map((cell, i) => cell.padEnd((widths[i] ?? 0) + GAP))
      .join('')
      .trimEnd(),
  );
}
