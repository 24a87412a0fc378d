// SPDX-License-Identifier: Apache-2.0
import type { WebBackend } from '../load/backend.ts';
import type { TlsFiles } from '../peers/peer.ts';
import type { BenchOptions } from '../options.ts';

/** What every scenario works with. */
export interface BenchContext {
  readonly options: BenchOptions;
  readonly backend: WebBackend;
  readonly tls: TlsFiles;
  /** Makes a fresh folder inside the run's own. */
  makeFolder(name: string): string;
  /** Tells the user what goes on. */
  say(text: string): void;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Commands without which it cannot run, besides those of all. */
  readonly needs?: readonly string[];
  run(context: BenchContext): Promise<ScenarioResult>;
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  /** Column heads of the table; the first names the contestant. */
  readonly columns: readonly string[];
  readonly rows: readonly ResultRow[];
  readonly targets: readonly Target[];
  /** Contestants that could not take part, each with its reason. */
  readonly skipped: readonly string[];
}

export interface ResultRow {
  readonly label: string;
  /** One for each column after the first. */
  readonly cells: readonly string[];
  /** All numbers behind the cells, for the JSON file. */
  readonly numbers: Readonly<Record<string, number | readonly number[]>>;
}

/** One number that the project has set itself. */
export interface Target {
  readonly text: string;
  readonly limit: number;
  /** NaN = what it compares with was not measured. */
  readonly value: number;
}

/** Whether a target was reached; undefined where its value is not known. */
export function isMet({ limit, value }: Target): boolean | undefined {
  return Number.isNaN(value) ? undefined : value <= limit;
}
