import { execFileSync, spawn } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';

const env = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@a.test',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@a.test',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** A repository with one commit, `project.git` under `folder`, served as git's own server program serves it. */
export function gitListener(folder: string): RequestListener {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env });
  git('init', '-q', '--bare', 'project.git');
  const tree = git('-C', 'project.git', 'hash-object', '-t', 'tree', '-w', '/dev/null').toString().trim();
  const commit = git('-C', 'project.git', 'commit-tree', '-m', 'first commit', tree).toString().trim();
  git('-C', 'project.git', 'update-ref', 'HEAD', commit);

  return (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://git.test');
    const program = spawn('git', ['http-backend'], {
      env: {
        ...env,
        GIT_PROJECT_ROOT: join(folder),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: `${request.headers['git-protocol'] ?? ''}`,
      },
    });
    request.pipe(program.stdin);
    const chunks: Buffer[] = [];
    program.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    program.stdout.on('end', () => {
      const answer = Buffer.concat(chunks);
      const split = answer.indexOf('\r\n\r\n');
      for (const line of answer.subarray(0, split).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
        else response.setHeader(name, value);
      }
      response.end(answer.subarray(split + 4));
    });
  };
}
