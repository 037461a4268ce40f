import Docker from 'dockerode';

/** A client for a DOCKER_HOST such as `unix:///var/run/docker.sock` or `tcp://10.0.0.2:2375`. */
export function dockerAt(host: string, timeoutMs?: number): Docker {
  const url = new URL(host);
  if (url.protocol === 'unix:') return new Docker({ socketPath: url.pathname, timeout: timeoutMs });
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  return new Docker({ protocol, host: url.hostname, port: url.port || 2375, timeout: timeoutMs });
}

/** Whether an engine answers there. Ten seconds, since systemd may start one on the first knock. */
export async function answers(host: string): Promise<boolean> {
  try {
    await dockerAt(host, 10_000).ping();
    return true;
  } catch {
    return false;
  }
}
