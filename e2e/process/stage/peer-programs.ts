// SPDX-License-Identifier: Apache-2.0
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Child, connectRaw, createTempDirectory, findFreePorts, waitFor } from '@weir/testing';

/** A server that nobody here wrote. */
export class PeerProgram implements AsyncDisposable {
  readonly port: number;
  private readonly stop: () => Promise<void>;

  constructor(port: number, stop: () => Promise<void>) {
    this.port = port;
    this.stop = stop;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** nginx that requires a PROXY header, and answers HTTP requests with the client that it names. */
export function startNginxBehindProxy(): Promise<PeerProgram> {
  return start('nginx.conf', ({ path, port }) => ({
    command: ['nginx', '-p', path, '-c', join(path, 'nginx.conf'), '-e', 'stderr'],
    text: `daemon off; master_process off; pid ${path}/pid; error_log stderr crit; events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${path}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port} proxy_protocol; return 200 "$proxy_protocol_addr $proxy_protocol_port"; }
}`,
  }));
}

/** HAProxy that carries TCP to a port, and begins each connection there with a PROXY header in version 2. */
export function startHaproxyInFront(to: number): Promise<PeerProgram> {
  return start('haproxy.cfg', ({ path, port }) => ({
    command: ['haproxy', '-db', '-f', join(path, 'haproxy.cfg')],
    text: `global
  maxconn 100
defaults
  mode tcp
  timeout connect 5s
  timeout client 10s
  timeout server 10s
listen front
  bind 127.0.0.1:${port}
  server weir 127.0.0.1:${to} send-proxy-v2
`,
  }));
}

interface Setting {
  readonly path: string;
  readonly port: number;
}

interface Program {
  readonly command: readonly [string, ...string[]];
  readonly text: string;
}

async function start(file: string, program: (setting: Setting) => Program): Promise<PeerProgram> {
  const [port = 0] = await findFreePorts(1);
  const folder = await createTempDirectory();
  // Programs that give up root must be able to read it all the same.
  await chmod(folder.path, 0o755);
  const { command, text } = program({ path: folder.path, port });
  await folder.write(file, text);
  const child = new Child(command);
  const stop = async (): Promise<void> => {
    await child[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  await waitFor(() => connectRaw({ port }).then(client => client.close().then(() => true)), {
    what: () => `${command[0]} to listen\n${child.output}`,
  });
  return new PeerProgram(port, stop);
}
