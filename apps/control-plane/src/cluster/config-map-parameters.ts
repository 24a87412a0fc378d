// SPDX-License-Identifier: Apache-2.0
import type { Document } from '@weir/policy/documents';
import type { ReadParameters } from '@weir/policy/resolve';

export interface ConfigMapParametersOptions<Parameters> {
  readonly namespace: string;
  readonly name: string;
  readonly parse: (data: Readonly<Record<string, string>>) => ReadParameters<Parameters>;
  /** What they are, for people: `the defaults of Gateways`. */
  readonly what: string;
  readonly onNote: (text: string) => void;
}

/** What a ConfigMap says, read anew when it changes; while it cannot be read, what it said before holds. */
export class ConfigMapParameters<Parameters> {
  private readonly options: ConfigMapParametersOptions<Parameters>;
  private readHash: string | undefined;
  private parameters: Parameters;
  private isRead = false;
  private fault: string | undefined;

  constructor(options: ConfigMapParametersOptions<Parameters>) {
    this.options = options;
    ({ parameters: this.parameters } = options.parse({}));
  }

  /** Why it is not known what holds: it cannot be read, and this process never could; undefined = what `from` gave last holds. */
  get unknown(): string | undefined {
    return this.isRead ? undefined : this.fault;
  }

  /** Without the ConfigMap nothing is said. */
  from(documents: ReadonlyMap<string, Document>): Parameters {
    const { namespace, name, parse, what, onNote } = this.options;
    const config = documents.get(`ConfigMap/${namespace}/${name}`);
    if (config?.hash === this.readHash) return this.parameters;
    this.readHash = config?.hash;
    const { parameters, faults } = parse(config?.kind === 'ConfigMap' ? (config.data ?? {}) : {});
    for (const { message, hint } of faults) {
      onNote(`${what} stay as they were: ConfigMap ${namespace}/${name} ${message}: ${hint}`);
    }
    const [first] = faults;
    this.fault = first && `${what} cannot be read: ConfigMap ${namespace}/${name} ${first.message}`;
    if (faults.length === 0) {
      this.parameters = parameters;
      this.isRead = true;
    }
    return this.parameters;
  }
}
