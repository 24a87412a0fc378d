// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { connect } from 'node:net';
import { Child, createTempDirectory, findFreePorts, waitFor } from '@weir/testing';
import type { KeyPair, TempDirectory } from '@weir/testing';

/** A server that somebody else wrote, in a folder of its own. */
export class OtherServer implements AsyncDisposable {
  readonly port: number;
  readonly child: Child;
  private readonly directory: TempDirectory;

  constructor(port: number, child: Child, directory: TempDirectory) {
    this.port = port;
    this.child = child;
    this.directory = directory;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child[Symbol.asyncDispose]();
    await this.directory[Symbol.asyncDispose]();
  }
}

export interface TlsFiles {
  readonly pair: KeyPair;
  /** Whom clients are verified with. */
  readonly clientAuthorityPem: string;
}

async function openFolder({ pair, clientAuthorityPem }: TlsFiles): Promise<TempDirectory> {
  const directory = await createTempDirectory();
  await chmod(directory.path, 0o755);
  await directory.write('server.crt', pair.certificatePem);
  await directory.write('server.key', pair.keyPem);
  await directory.write('clients.crt', clientAuthorityPem);
  return directory;
}

async function listening(server: OtherServer): Promise<OtherServer> {
  const { port } = server;
  const probe = async (): Promise<boolean> => {
    const socket = connect({ port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  };
  await waitFor(probe, { what: () => `the server to listen\n${server.child.output}` });
  return server;
}

/** An nginx with these parameters of `listen` that answers each request with the value of an expression of its variables. */
export async function startNginx(files: TlsFiles, parameters: string, answer: string): Promise<OtherServer> {
  const [port = 0] = await findFreePorts(1);
  const directory = await openFolder(files);
  const { path } = directory;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${path}/${name};`);
  const tls = `ssl_certificate ${path}/server.crt; ssl_certificate_key ${path}/server.key;
    ssl_client_certificate ${path}/clients.crt; ssl_verify_client on;`;
  await directory.write(
    'nginx.conf',
    `daemon off; master_process off; pid ${path}/pid; error_log stderr crit; events {} http { access_log off; ${temporary.join(' ')}
     server { listen 127.0.0.1:${port} ${parameters}; ${parameters.includes('ssl') ? tls : ''} return 200 "${answer}"; } }`,
  );
  const child = new Child(['nginx', '-p', path, '-c', `${path}/nginx.conf`, '-e', 'stderr']);
  return listening(new OtherServer(port, child, directory));
}

/** `openssl s_server` that answers each request with a page about its session, and requires a certificate. */
export async function startOpensslServer(files: TlsFiles, flags: readonly string[] = []): Promise<OtherServer> {
  const [port = 0] = await findFreePorts(1);
  const directory = await openFolder(files);
  const { path } = directory;
  const tls = ['-cert', `${path}/server.crt`, '-key', `${path}/server.key`, '-CAfile', `${path}/clients.crt`];
  const child = new Child(['openssl', 's_server', '-accept', `127.0.0.1:${port}`, '-www', '-Verify', '1', ...tls, ...flags]);
  await waitFor(() => child.output.includes('ACCEPT'), { what: () => `openssl to listen\n${child.output}` });
  return new OtherServer(port, child, directory);
}
