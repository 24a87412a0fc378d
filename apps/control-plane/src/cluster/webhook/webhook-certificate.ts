// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random, Timer } from '@weir/base';
import type { SecretStore } from '@weir/identity';
import { openServerAuthority } from '@weir/identity/authority';
import type { ServerAuthority, ServerCertificate } from '@weir/identity/authority';

export interface WebhookCertificateOptions {
  /** Shared by replicas: each has a certificate of its own, of one authority. */
  readonly secrets: SecretStore;
  /** By which API servers ask for the webhooks. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly onNote: (text: string) => void;
}

const FILE = 'webhook-authority.json';
/** Another replica may have made the root that counts, or the next one. */
const LOOK_MS = 30_000;

/** Who the webhooks are to an API server: a certificate of an authority of their own, renewed at half of its life. */
export class WebhookCertificate {
  /** Called when connections that follow are to be made with another certificate. */
  onRenewed: (() => void) | undefined;
  private readonly options: WebhookCertificateOptions;
  private readonly authority: ServerAuthority;
  private readonly looks: Timer;
  private certificate: ServerCertificate;
  private isLooking = false;

  /** `openWebhookCertificate` makes it. */
  constructor(
    options: WebhookCertificateOptions,
    { authority, certificate }: { readonly authority: ServerAuthority; readonly certificate: ServerCertificate },
  ) {
    this.options = options;
    this.authority = authority;
    this.certificate = certificate;
    this.looks = options.clock.every(LOOK_MS, () => void this.look());
  }

  /** Roots that API servers are to believe. */
  caPem(): string {
    return this.authority.bundlePem();
  }

  tlsOptions(): { readonly cert: string; readonly key: string } {
    return { cert: this.certificate.certificatePem, key: this.certificate.keyPem };
  }

  stop(): void {
    this.looks.cancel();
  }

  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      await this.renewWhereDue();
    } catch (reason) {
      this.options.onNote(`the certificate of the webhooks is not renewed: ${String(reason)}`);
    }
    this.isLooking = false;
  }

  private async renewWhereDue(): Promise<void> {
    await this.authority.follow();
    const { rootPem, renewAtMs } = this.certificate;
    if (rootPem === this.authority.issuingRoot().certificatePem && this.options.clock.wallMs() < renewAtMs) return;
    this.certificate = await this.authority.issue(this.options.names);
    this.onRenewed?.();
  }
}

export async function openWebhookCertificate(options: WebhookCertificateOptions): Promise<WebhookCertificate> {
  const { secrets, clock, random, names } = options;
  const authority = await openServerAuthority({ secrets, file: FILE, commonName: 'weir webhooks', clock, random });
  return new WebhookCertificate(options, { authority, certificate: await authority.issue(names) });
}
