// SPDX-License-Identifier: Apache-2.0
export { createSpanExporter } from './span-exporter.ts';
export type { SpanExporter, SpanExporterOptions, SpanExportSettings } from './span-exporter.ts';
