/** Real servers from the distribution, and how each is started for an experiment: on the loopback address, keeping nothing. */
import { servedPath, type ProtocolName } from '../load/protocols/catalog.ts';

export type ServerName = 'memcached' | 'redis' | 'nginx';

export interface ServerStart {
  readonly port: number;
  readonly threads: number;
  /** An empty folder of its own, removed afterwards. */
  readonly folder: string;
}

export interface Server {
  readonly program: string;
  /** Debian's package. */
  readonly package: string;
  readonly versionWords: readonly string[];
  readonly protocol: ProtocolName;
  readonly words: (start: ServerStart) => readonly string[];
  /** Files to write into its folder first, by name. */
  readonly files: (start: ServerStart) => Readonly<Record<string, string>>;
}

const noFiles = (): Readonly<Record<string, string>> => ({});
const page = 'x'.repeat(1024);

export const servers: Readonly<Record<ServerName, Server>> = {
  memcached: {
    program: 'memcached',
    package: 'memcached',
    versionWords: ['--version'],
    protocol: 'memcached-text',
    words: ({ port, threads }) =>
      ['-l', '127.0.0.1', '-p', port, '-U', 0, '-u', 'root', '-m', 64, '-t', threads].map(String),
    files: noFiles,
  },
  redis: {
    program: 'redis-server',
    package: 'redis-server',
    versionWords: ['--version'],
    protocol: 'resp',
    // Redis runs commands on one thread, whatever is asked for.
    words: ({ port, folder }) =>
      ['--bind', '127.0.0.1', '--port', port, '--dir', folder, '--save', '', '--appendonly', 'no'].map(
        String,
      ),
    files: noFiles,
  },
  nginx: {
    program: 'nginx',
    package: 'nginx-light',
    versionWords: ['-v'],
    protocol: 'http',
    words: ({ folder }) => ['-p', folder, '-e', `${folder}/error.log`, '-c', `${folder}/nginx.conf`],
    files: (start) => ({ 'nginx.conf': nginxConfiguration(start), [servedPath.slice(1)]: page }),
  },
};

function nginxConfiguration({ port, threads, folder }: ServerStart): string {
  return `user root;
daemon off;
worker_processes ${threads};
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  keepalive_requests 100000000;
  server { listen 127.0.0.1:${port}; root ${folder}; }
}
`;
}
